"""Death at every fault point: the same command then ends with the bytes of an undisturbed run, and leaves no file.

Every command is a real one with two workers. Old output files are there when it is killed: what is found at their
paths then is either them or the new ones, whole.
"""

import ast
import itertools
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from soaking.folder import ROOT, Result, SoakFolder, strays, whole
from soaking.victim import Victim
from support.old_result import OLD, write_old
from support.paths import TESTS

from tokstats_parallel.system.fault_injection import fault_point

SECONDS = 120.0
# Point and pass. A worker has at least three shards, the result two groups of rows and three files.
KILLS = [
    "output-tried",
    "shard-before-write:2",
    "shard-in-write:2",
    "shard-before-fsync:2",
    "shard-before-rename:2",
    "shard-after-rename:2",
    "shard-before-folder-fsync:2",
    "shard-saved:2",
    "shard-reported:3",
    "merge-begins",
    "merge-sorted",
    "merge-rows-read:2",
    "output-before-write",
    "json-in-write:2",
    "parquet-in-write",
    "output-before-verify",
    "manifest-before-write",
    "output-before-fsync:2",
    "output-before-rename",
    "output-after-rename",
    "output-after-rename:2",
    "output-after-rename:3",
    "output-before-folder-fsync",
    "output-whole",
    "work-before-removal",
    "work-in-removal:3",
    "work-unlocked",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SoakFolder:
    return SoakFolder.make(tmp_path_factory.mktemp("faults"), batches=24, size=20_000)


@pytest.fixture(scope="module")
def undisturbed(folder: SoakFolder) -> Result:
    output = folder.path / "undisturbed" / "out.json"
    output.parent.mkdir()
    end(folder, output)
    return Result.of(output)


def end(folder: SoakFolder, output: Path) -> None:
    with Victim(folder.command(output), folder.path) as command:
        assert command.wait(SECONDS) == 0, command.said()
        assert command.left() == []
        assert command.said() == ""


@pytest.mark.parametrize("kill", KILLS)
def test_killed_at_a_point_it_goes_on_to_the_same_bytes(
    kill: str, folder: SoakFolder, undisturbed: Result, tmp_path: Path
) -> None:
    output = tmp_path / "out.json"
    write_old(output)
    old = Result.of(output)
    with Victim(folder.command(output), folder.path, TOKSTATS_FAULT=kill) as command:
        code = command.wait(SECONDS)
        assert code is not None, "it hangs"
        assert f"tokstats: dies at {kill.partition(':')[0]}\n" in command.said()
        assert command.left() == []
        assert "Traceback" not in command.said()
    assert whole(output, [old, undisturbed])
    end(folder, output)
    assert Result.of(output) == undisturbed
    assert strays(output) == set()


def spilled(pid: int, folder: Path) -> int:
    """The size of the spill files of a process's merge, open files of `folder` without a name; -1 if there are none."""
    sizes = []
    with suppress(OSError):  # it is over, or the file has just been closed
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if (target := str(link.readlink())).startswith(f"{folder}/") and target.endswith(" (deleted)"):
                    sizes.append(link.stat().st_size)
    return sum(sizes) if sizes else -1


def killed_in_merge(folder: SoakFolder, output: Path, least: int) -> bool:
    """Kills a command whose merge has spilled at least `least` bytes; False if the merge was too fast for it."""
    words = folder.command(output)
    words[words.index("-m") : words.index("tokstats_parallel") + 1] = [str(TESTS / "support" / "merge_victim.py")]
    deadline = time.monotonic() + SECONDS
    with Victim(["nice", "-n", "19", *words], folder.path) as command:
        while spilled(command.pid, output.parent / "out.json.work") < least:
            if command.wait(0) is not None:
                assert command.said() == ""
                return False
            assert time.monotonic() < deadline, "it hangs"
        os.kill(command.pid, signal.SIGSTOP)
        names = {path.name for path in output.parent.iterdir()}
        command.kill([command.pid])
        assert command.wait(SECONDS) == -signal.SIGKILL
        assert command.left() == []
    return names == {*OLD, "out.json.work"}  # what is written after the merge is not there yet


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc here")
@pytest.mark.parametrize("least", [0, 1 << 20, 2 << 20, 3 << 20])
def test_killed_inside_the_native_merge(least: int, folder: SoakFolder, undisturbed: Result, tmp_path: Path) -> None:
    """The kill comes between fault points: when the merge has spilled so many bytes of about four million."""
    for number in range(10):
        output = tmp_path / str(number) / "out.json"
        output.parent.mkdir()
        write_old(output)
        old = Result.of(output)
        if killed_in_merge(folder, output, least):
            break
    else:
        pytest.fail("no kill has met the merge")
    assert Result.of(output) == old
    left = {path.name for path in output.with_name("out.json.work").iterdir() if path.suffix != ".partial"}
    assert left == {"tokstats.lock", "job.json"}
    end(folder, output)
    assert Result.of(output) == undisturbed
    assert strays(output) == set()


def points_of_the_source() -> set[str]:
    """The names in calls of `fault_point`; a name with `{of}` stands for one name for each `of` in the code."""
    calls = [
        node
        for path in (ROOT / "tokstats_parallel").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    owners = {
        keyword.value.value
        for call in calls
        for keyword in call.keywords
        if keyword.arg == "of" and isinstance(keyword.value, ast.Constant)
    }
    found = set()
    for call in calls:
        if ast.unparse(call.func) == "fault_point":
            name = ast.literal_eval(ast.unparse(call.args[0]).removeprefix("f"))
            found |= {name.replace("{of}", owner) for owner in owners}
    return found


def test_every_point_of_the_source_is_killed() -> None:
    assert {kill.partition(":")[0] for kill in KILLS} == points_of_the_source()


def test_without_the_variable_a_point_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = itertools.count()
    monkeypatch.setattr(os, "kill", lambda *_: next(deaths))
    for name in points_of_the_source():
        fault_point(name)
    assert next(deaths) == 0
