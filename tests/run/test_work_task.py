"""Tasks of one folder at the same time: each started twice at once, and one that loses its claim while it works."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from support.places import Place, make_place
from support.runs import sha256s
from support.takeover import take_over

from tokstats_parallel.commands.main import main
from tokstats_parallel.run import work_task
from tokstats_parallel.tasks.claim_status import read_claims
from tokstats_parallel.tasks.claims import TaskHolder, claimed

TASKS = 4
PROGRAM = [sys.executable, "-m", "tokstats_parallel"]
XARGS = shutil.which("xargs") or ""
needs_xargs = pytest.mark.skipif(not XARGS, reason="needs the command xargs")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    return make_place(tmp_path)


def plan(place: Place, *, batches: int, tasks: int) -> None:
    job = place.options[: place.options.index("--workers")]
    size = ["--num-batches", str(batches), "--work-dir", "w", "--tasks", str(tasks)]
    assert main(["plan", "config.json", *size, *job]) == 0


@needs_xargs
def test_under_xargs_with_every_task_started_twice_at_once(place: Place) -> None:
    batches = 4000
    here = ["--num-batches", str(batches), "--output-file", "here.json"]
    assert main(["collect", "config.json", *here, *place.options]) == 0
    plan(place, batches=batches, tasks=TASKS)
    shutil.rmtree("cache")
    line = f'"$@" work w --task "$0" --tasks {TASKS} --workers 1 --quiet; echo "$0 $?"'
    numbers = "".join(f"{task}\n{task}\n" for task in range(TASKS))
    ended = subprocess.run(
        [XARGS, "-P", str(2 * TASKS), "-I", "{}", "sh", "-c", line, "{}", *PROGRAM],
        input=numbers,
        capture_output=True,
        text=True,
        check=True,
    )
    codes: dict[str, list[int]] = defaultdict(list)
    for task, code in map(str.split, ended.stdout.splitlines()):
        codes[task].append(int(code))
    assert {task: (min(both), set(both) <= {0, 3}, len(both)) for task, both in codes.items()} == {
        str(task): (0, True, 2) for task in range(TASKS)
    }
    refused = [line for line in ended.stderr.splitlines() if "is at work on it; wait" in line]
    assert len(refused) == sum(both.count(3) for both in codes.values())
    assert main(["merge", "w", "--output-file", "merged.json", "--quiet"]) == 0
    assert sha256s(Path("merged.json")) == sha256s(Path("here.json"))
    assert {claim.life for claim in read_claims(Path("w")).values()} == {"ended"}
    assert not list(Path("w").glob(".*.tmp"))
    assert {path.suffix for path in Path("cache").iterdir()} == {".arrow"}


def test_a_task_that_has_lost_its_claim_stops_also_where_ctrl_c_is_ignored(place: Place) -> None:
    plan(place, batches=400_000, tasks=1)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell starts what runs in the background
    try:
        process = subprocess.Popen(
            [*PROGRAM, "work", "w", "--task", "0", "--tasks", "1", "--workers", "1", "--quiet"],
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        deadline = time.monotonic() + 60.0
        while not list(Path("w").glob("*.partial")) and time.monotonic() < deadline:
            time.sleep(0.05)
        take_over(Path("w"), "task-0")
        _, error = process.communicate(timeout=30.0)
    assert process.returncode == 3
    assert error == (
        f"tokstats: error: {Path.cwd() / 'w'}: task 0: this process stops, because another one has taken over while it "
        "gave no sign of life; what is saved is kept\n"
    )
    assert list(Path("w").glob("*.partial"))
    assert not list(Path("w").glob(".*.tmp"))


def test_a_plan_that_is_replaced_before_the_task_is_held(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its draws are no longer those that it has read, and --fresh may have changed the job."""
    plan(place, batches=80, tasks=TASKS)

    def claimed_late(*arguments: Any, **options: Any) -> AbstractContextManager[TaskHolder]:
        plan(place, batches=90, tasks=TASKS)
        return claimed(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(work_task, "claimed", claimed_late)
        assert main(["work", "w", "--task", "0", "--tasks", str(TASKS)]) == 1
    assert f"{Path.cwd()}/w: has got a new plan just now; run the same command again" in capsys.readouterr().err
    assert not list(Path("w").glob("*.partial"))
    assert main(["work", "w", "--task", "0", "--tasks", str(TASKS)]) == 0
