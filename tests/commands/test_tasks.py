"""`plan`, `work`, `status` and `merge` from end to end: bytes, exit codes, what is refused, signals."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.corpora import write_parquet
from support.places import Place, leave_out_schedulers, make_place

from tokstats_parallel.commands.main import main
from tokstats_parallel.system.claims.claim_file import Claim, make
from tokstats_parallel.system.process_identity import ProcessIdentity

BATCHES = "80"
TASKS = 3
LONG = ["work", "w", "--task", "0", "--tasks", "1", "--workers", "2", "--quiet"]
OTHER = ProcessIdentity(host="elsewhere", boot="other", namespaces="", pid=1, started=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    leave_out_schedulers(monkeypatch)
    return make_place(tmp_path)


def job_options(place: Place) -> list[str]:
    return place.options[: place.options.index("--workers")]


def plan(place: Place, *options: str, batches: str = BATCHES, tasks: int = TASKS) -> int:
    size = ["--num-batches", batches, "--work-dir", "w", "--tasks", str(tasks)]
    return main(["plan", "config.json", *size, *job_options(place), *options])


def work(task: int, *options: str, tasks: int = TASKS) -> int:
    return main(["work", "w", "--task", str(task), "--tasks", str(tasks), "--workers", "1", "--no-progress", *options])


def collected(place: Place, batches: str = BATCHES) -> tuple[bytes, bytes]:
    """Returns the JSON and the Parquet of a run on this machine."""
    assert main(["collect", "config.json", "--num-batches", batches, "--output-file", "here.json", *place.options]) == 0
    return Path("here.json").read_bytes(), Path("here.parquet").read_bytes()


def merged() -> tuple[bytes, bytes]:
    assert main(["merge", "w", "--output-file", "merged.json", "--quiet"]) == 0
    return Path("merged.json").read_bytes(), Path("merged.parquet").read_bytes()


def status(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["status", "w", "--json"])
    return code, json.loads(capsys.readouterr().out)


def states(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [task["state"] for task in status(capsys)[1]["tasks"]]


def array(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    main(["status", "w", "--array"])
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    "settings",
    [{}, {"mix_languages": True}, {"shared_pool": True}, {"n_pools": 2}],
    ids=["separate", "mixed", "shared", "two pools"],
)
def test_the_bytes_are_those_of_one_machine(settings: dict[str, object], place: Place) -> None:
    place.write(**settings)
    assert plan(place) == 0
    assert [work(task) for task in (2, 0, 1)] == [0, 0, 0]
    assert merged() == collected(place)


def test_the_tasks_need_no_config(place: Place) -> None:
    expected = collected(place)
    assert plan(place) == 0
    place.config.unlink()
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    assert merged() == expected


def test_status_and_exit_codes(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(place) == 0
    code, at_first = status(capsys)
    assert (code, at_first["done"], at_first["draws"], at_first["is_done"]) == (3, 0, 80, False)
    assert at_first["seconds_a_shard"] is at_first["seconds_left"] is None
    assert states(capsys) == ["missing"] * 3
    assert array(capsys) == "0-2"
    assert work(1) == 0
    assert states(capsys) == ["missing", "done", "missing"]
    assert array(capsys) == "0,2"
    code, now = status(capsys)
    assert (code, now["seconds_a_shard"] > 0, now["tasks"][1]["claim"]["done"]) == (3, True, True)
    assert main(["merge", "w", "--output-file", "merged.json"]) == 3
    error = capsys.readouterr().err
    assert "incomplete; of 3 tasks, missing: 0,2; run them with `tokstats work " in error
    assert f"{Path.cwd() / 'w'} --task K --tasks 3`, then merge again" in error
    assert not Path("merged.json").exists()
    assert (work(0), work(2)) == (0, 0)
    code, last = status(capsys)
    assert (code, last["is_done"], last["done"], last["lost"]) == (0, True, 80, 0)
    assert array(capsys) == ""
    assert main(["status", "w"]) == 0
    assert "all is saved: tokstats merge " in capsys.readouterr().out


def test_a_finished_task_is_not_run_again(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    assert work(1) == 0
    times = {path: path.stat().st_mtime_ns for path in Path("w").glob("*.partial")}
    capsys.readouterr()
    assert work(1) == 0
    assert "task 1 is done already" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in Path("w").glob("*.partial")} == times


def test_a_damaged_partial_is_seen_and_made_anew(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    path = max(Path("w").glob("*.partial"), key=lambda path: path.stat().st_size)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    code, now = status(capsys)
    (task,) = [one for one in now["tasks"] if one["damaged"]]
    assert (code, task["damaged"], task["state"]) == (3, [path.name], "missing")
    assert main(["status", "w"]) == 3
    assert f"damaged, made anew by its task: {path.name}" in capsys.readouterr().out
    assert main(["merge", "w", "--output-file", "merged.json"]) == 3
    assert work(task["task"]) == 0
    assert "removed, it is made anew" in capsys.readouterr().err
    assert merged() == collected(place)


def test_a_partial_that_is_gone_is_made_anew(place: Place) -> None:
    plan(place)
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    min(Path("w").glob("*.partial")).unlink()
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    assert merged() == collected(place)


def test_a_longer_plan_uses_the_shards_of_a_shorter_one(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place, batches="50")
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    saved = set(Path("w").glob("*.partial"))
    assert plan(place, batches="120", tasks=5) == 0
    assert "120 batches, of which 50 are saved already, in 5 tasks" in capsys.readouterr().out
    assert [work(task, tasks=5) for task in range(5)] == [0] * 5
    assert saved < set(Path("w").glob("*.partial"))
    assert merged() == collected(place, "120")
    assert plan(place, batches="120") == 0
    assert "in 0 tasks" in capsys.readouterr().out
    assert merged() == collected(place, "120")


def test_shards_from_before_the_plan_that_are_gone(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place, batches="50")
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    first = min(Path("w").glob("*.partial"))
    plan(place, batches="120")
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    first.unlink()
    code, now = status(capsys)
    assert (code, now["lost"] > 0, {task["state"] for task in now["tasks"]}) == (3, True, {"done"})
    assert main(["merge", "w", "--output-file", "merged.json"]) == 3
    assert "saved before the plan was made are gone or damaged" in capsys.readouterr().err
    plan(place, batches="120", tasks=1)
    assert work(0, tasks=1) == 0
    assert merged() == collected(place, "120")


def test_another_seed_is_refused_until_fresh(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    work(0)
    assert plan(place, "--seed", "7") == 1
    assert "the shards saved here are of another run (seed: 42 there, 7 here)" in capsys.readouterr().err
    assert plan(place, "--seed", "7", "--fresh") == 0
    assert not list(Path("w").glob("*.partial"))
    assert states(capsys) == ["missing"] * 3


def test_other_data_on_the_machine_are_refused_by_name(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    write_parquet(Path("train/go.parquet"), ["other rows"] * 60)
    codes = [work(task) for task in range(TASKS)]
    assert set(codes) == {0, 1}  # a task without this language needs none of its data
    words = "the rows of 'go' on this machine are not those of the plan (as many, 60); copy"
    assert f"{Path('train/go.parquet').absolute()}: {words}" in capsys.readouterr().err
    write_parquet(Path("train/go.parquet"), ["other rows"] * 61)
    assert work(codes.index(1)) == 1
    assert "(60 there, 61 here)" in capsys.readouterr().err


def test_the_data_may_lie_elsewhere(place: Place) -> None:
    expected = collected(place)
    plan(place)
    shutil.move("train", "moved")
    shutil.move("cache", "caches")
    here = Path.cwd()
    moved = ["--path-map", f"{here}/train={here}/moved", "--path-map", f"{here}/cache={here}/caches"]
    assert [work(task, *moved) for task in range(TASKS)] == [0] * TASKS
    assert len(list(Path("caches").glob("*.arrow"))) == 4  # made anew, since the paths are others
    assert merged() == expected


def test_a_node_may_have_a_cache_where_the_plan_has_none(place: Place) -> None:
    plan(place, "--no-cache")
    assert work(0) == 0
    assert not Path("cache").exists()
    assert work(1, "--cache-dir", "local") == 0
    assert len(list(Path("local").glob("*.arrow"))) > 0


def test_a_machine_without_a_cache(place: Place) -> None:
    plan(place)
    shutil.rmtree("cache")
    Path("cache").write_text("no folder")
    assert work(0) == 1
    assert [work(task, "--no-cache") for task in range(TASKS)] == [0] * TASKS
    Path("cache").unlink()
    assert merged() == collected(place)


@pytest.mark.parametrize("word", ["/a", "a=/b", "/a=b", "=", ""])
def test_a_path_map_names_two_absolute_paths(word: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    assert work(0, "--path-map", word) == 2
    assert "must be THERE=HERE, two absolute paths" in capsys.readouterr().err


def test_a_task_that_another_machine_runs(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The status shows it as running, a new plan is refused, and so is a run on this machine."""
    plan(place)
    make(Path("w/task-1.claim-1"), Claim(writer="other", process=OTHER))
    assert states(capsys) == ["missing", "running", "missing"]
    assert array(capsys) == "0,2"
    assert main(["status", "w"]) == 3
    assert "running: 1 (0%, process 1 on elsewhere)" in capsys.readouterr().out
    assert plan(place) == 1
    assert "task 1 is at work here (process 1 on elsewhere); wait" in capsys.readouterr().err
    there = ["--output-file", "x.json", "--work-dir", "w", *place.options]
    assert main(["collect", "config.json", "--num-batches", BATCHES, *there]) == 1
    assert "is the folder of tasks (`tokstats status " in capsys.readouterr().err


def test_numbers_that_do_not_fit(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for tasks in (81, 0, -1):
        assert plan(place, tasks=tasks) == 2
        assert f"--tasks {tasks}: must be at least 1, and at most 80" in capsys.readouterr().err
    assert not Path("w").exists()
    assert main(["work", "w", "--task", "0", "--tasks", "3"]) == 1
    assert "w: no such folder; `tokstats plan CONFIG --work-dir " in capsys.readouterr().err
    plan(place)
    capsys.readouterr()
    for options, line in {
        ("--task", "3", "--tasks", "3"): "--task: there is no task 3; the plan has the tasks 0 to 2",
        ("--task", "0", "--tasks", "4"): "--tasks says 4 tasks, but the plan has 3",
        ("--task", "0"): "--task says which task, but not of how many; add --tasks 3",
        (): "which of the plan's 3 tasks?",
    }.items():
        assert main(["work", "w", *options]) == 2
        error = capsys.readouterr().err
        assert line in error
        assert error.count("\n") == 1
    assert main(["status", "w", "--json", "--array"]) == 2


def test_the_lines_that_start_the_tasks(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    out = capsys.readouterr().out
    folder = Path.cwd() / "w"
    options = "--array=0-2 --cpus-per-task=8 --requeue --signal=B:USR1@60"
    assert f"sbatch {options} --wrap='exec tokstats work {folder} --tasks 3'" in out
    assert f"seq 0 2 | parallel --jobs 1 --sshloginfile MACHINES 'tokstats work {folder} --tasks 3' --task" in out
    assert "completions: 3" in out
    capsys.readouterr()
    assert plan(place, "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert sum(summary["draws_of_tasks"]) == summary["draws"] == 80
    assert (summary["tasks"], summary["saved_draws"], summary["folder"]) == (3, 0, str(folder))


@pytest.mark.parametrize("name", ["a b's", "caf\udce9", "{}"])
def test_what_is_printed_about_an_odd_folder_can_be_pasted(
    name: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """A shell runs the lines; functions stand for the programs and print their words, one a line."""
    size = ["--num-batches", "20", "--tasks", "1", "--work-dir", name]
    expected = [b"tokstats", b"work", os.fsencode(Path.cwd() / name), b"--tasks", b"1"]

    def pasted(line: str) -> list[bytes]:
        stubs = 'tokstats() { printf \'%s\\n\' tokstats "$@"; }; sbatch() { eval "${5#--wrap=exec }"; }; '
        done = subprocess.run([shutil.which("sh") or "sh", "-c", stubs + line], capture_output=True, check=True)
        return done.stdout.splitlines()

    assert main(["plan", "config.json", *size, *job_options(place)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (slurm,) = [line for line in lines if "sbatch" in line]
    assert pasted(slurm) == expected
    folder = expected[2]
    for command, (line,) in {
        c: [x for x in lines if x.startswith(f"tokstats {c} ")] for c in ("status", "merge")
    }.items():
        assert pasted(line)[:3] == [b"tokstats", command.encode(), folder]
    assert main(["merge", name]) == 3
    (work,) = re.findall("`(tokstats work .*?)`, then", capsys.readouterr().err)
    assert pasted(work)[:3] == expected[:3]
    assert main(["status", name]) == 3
    work = capsys.readouterr().out.splitlines()[-1].removeprefix("start the missing tasks: ")
    assert pasted(work)[:3] == expected[:3]


def test_the_merge_says_what_it_merges(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan(place)
    assert [work(task) for task in range(TASKS)] == [0] * TASKS
    capsys.readouterr()
    assert main(["merge", "w", "--output-file", "merged.json"]) == 0
    printed = capsys.readouterr()
    assert re.search(r"^Time: +[\d.]+ s to merge the shards of tasks$", printed.out, re.MULTILINE)
    first, second = printed.err.splitlines()
    assert re.fullmatch(r"tokstats: 80 batches in \d+ shards", first)
    assert second == "tokstats: merging"


def test_a_plan_below_a_folder_that_is_not_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "config.json", "--work-dir", "none/w", *job_options(place)]) == 1
    assert f"; make the folder {Path.cwd()}/none and run the same command again, or " in capsys.readouterr().err


@pytest.fixture
def long_task(place: Place) -> Iterator["subprocess.Popen[str]"]:
    """Process that runs a task of many shards, of which one is saved."""
    plan(place, batches="400000", tasks=1)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tokstats_parallel", *LONG],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    with process:
        deadline = time.monotonic() + 60
        while not list(Path("w").glob("*.partial")) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield process
        process.kill()


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the command", "to its workers, too"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_of_the_scheduler_leaves_the_task_incomplete(
    number: signal.Signals,
    send: Callable[[int, int], None],
    long_task: "subprocess.Popen[str]",
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Some schedulers signal the command only, others each process of a task."""
    begun = time.monotonic()
    send(long_task.pid, number)
    _, error = long_task.communicate(timeout=30)
    assert (long_task.returncode, time.monotonic() - begun < 5) == (3, True)
    assert error == "tokstats: interrupted; the same command goes on from here\n"
    code, now = status(capsys)
    assert (code, now["done"] > 0, now["tasks"][0]["state"]) == (3, True, "missing")
    assert now["tasks"][0]["claim"]["life"] == "ended"
    assert not list(Path("w").glob(".*.tmp"))


def test_the_second_process_of_a_task_gives_way(
    long_task: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert work(0, tasks=1) == 3
    assert f"process {long_task.pid} on " in capsys.readouterr().err
    assert long_task.poll() is None


def test_a_task_goes_on_after_a_kill(long_task: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]) -> None:
    long_task.kill()
    long_task.wait()
    _, now = status(capsys)
    assert (now["tasks"][0]["claim"]["life"], now["tasks"][0]["state"]) == ("gone", "missing")
    saved = {path: path.stat().st_mtime_ns for path in Path("w").glob("*.partial")}
    process = subprocess.Popen([sys.executable, "-m", "tokstats_parallel", *LONG], stderr=subprocess.PIPE)
    with process:
        deadline = time.monotonic() + 60
        while len(list(Path("w").glob("*.partial"))) <= len(saved) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        assert process.wait(timeout=10) == 3
    assert {path: path.stat().st_mtime_ns for path in saved} == saved
    assert len(list(Path("w").glob("*.partial"))) > len(saved)
