"""`docs/gnu-parallel.md`: its lines run all tasks, also over ssh and after Ctrl-C; so does the line of `plan`."""

import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.gnu_parallel import program, ssh_server
from support.paths import ROOT
from support.places import Place, make_place
from support.shell import shell_environment

from tokstats_parallel.commands.main import main

PAGE = (ROOT / "docs" / "gnu-parallel.md").read_text("utf-8")
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.replace("\\\n", " ").splitlines()
]
STARTS = [line for line in LINES if " work " in line]
RESULT = ("frequencies.json", "frequencies.parquet")


@dataclass
class Lab:
    """Machines that share a folder.

    Attributes:
        place: Working directory with a config and data; `machines` in it names the machines.
        environment: Environment of a shell in which the page's programs are found.
    """

    place: Place
    environment: dict[str, str]

    @property
    def work(self) -> Path:
        return self.place.folder / "run"

    def adapted(self, line: str, batches: int = 80) -> str:
        """A line of the page, with the small config in place of the demo's, and a folder of the test's."""
        options = shlex.join(self.place.options[: self.place.options.index("--cache-dir")])
        line = line.replace("configs/demo.json", f"config.json {options}").replace("4000", str(batches))
        return line.replace("/shared", str(self.place.folder))

    def shell(self, line: str) -> str:
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-o", "pipefail", "-c", line],
            cwd=self.place.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def forget(self) -> None:
        """Removes what the tasks have saved."""
        for path in [*self.work.glob("*.partial"), *self.work.glob("task-*")]:
            path.unlink()

    def expected(self, batches: int) -> list[bytes]:
        """The result of a run on one machine."""
        folder = self.place.folder / "expected"
        folder.mkdir()
        words = ["--num-batches", str(batches), "--output-file", str(folder / RESULT[0]), *self.place.options]
        assert main(["collect", str(self.place.config), *words]) == 0
        return [(folder / name).read_bytes() for name in RESULT]

    def result(self) -> list[bytes]:
        return [(self.place.folder / name).read_bytes() for name in RESULT]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Machines whose shared folder has a name with a blank."""
    folder = tmp_path / "a lab"
    folder.mkdir()
    return Lab(make_place(folder), shell_environment(tmp_path / "home", {"parallel": program("parallel")}))


@contextmanager
def two_machines(lab: Lab, folder: Path) -> Iterator[None]:
    """Names this machine in the file `machines`, and an SSH server on it as another one."""
    with ssh_server(folder) as server:
        (lab.place.folder / "machines").write_text(f":\n{server.login}\n", "utf-8")
        yield


def quoted(lab: Lab, line: str) -> str:
    """A line in which the folder, whose name has a blank, is quoted for the shell of the task, too, as `plan` does."""
    twice = shlex.quote(shlex.quote(str(lab.work)))
    once = shlex.quote(str(lab.work))
    return line.replace(str(lab.work), twice if "parallel" in line else once)


def plan_line(lab: Lab, line: str, batches: int = 80) -> str:
    line = lab.adapted(line, batches)
    for path in (lab.place.folder / "run", lab.place.folder / "cache"):
        line = line.replace(str(path), shlex.quote(str(path)))
    return line


def test_each_start_on_one_machine_runs_all_tasks(lab: Lab) -> None:
    lab.shell(plan_line(lab, LINES[0]))
    starts = [line for line in STARTS if "machines" not in line]
    assert ["parallel" in line for line in starts] == [True, False, False]
    for start in starts:
        lab.forget()
        lab.shell(quoted(lab, lab.adapted(start)))
        lab.shell(f"tokstats status {shlex.quote(str(lab.work))}")
    lab.shell(f"tokstats merge {shlex.quote(str(lab.work))} --output-file {RESULT[0]}")
    assert lab.result() == lab.expected(80)


def test_the_page_runs_with_another_machine(lab: Lab, tmp_path: Path) -> None:
    """The other machine is this one by ssh; the log tells that both have run tasks."""
    with two_machines(lab, tmp_path / "ssh"):
        for line in LINES[:4]:
            lab.shell(plan_line(lab, line) if " plan " in line else quoted(lab, lab.adapted(line)))
    assert lab.result() == lab.expected(80)
    logged = [line.split("\t") for line in (lab.place.folder / "run.log").read_text("utf-8").splitlines()[1:]]
    assert len({fields[1] for fields in logged}) == 2
    assert {fields[6] for fields in logged} == {"0"}


def test_the_line_of_plan_can_be_pasted(lab: Lab, tmp_path: Path) -> None:
    with two_machines(lab, tmp_path / "ssh"):
        printed = lab.shell(plan_line(lab, LINES[0])).splitlines()
        (line,) = [line for line in printed if "| parallel " in line]
        lab.shell(line.replace("MACHINES", "machines").replace("parallel", "parallel --env PATH"))
    (merge,) = [line for line in printed if line.startswith("tokstats merge ")]
    lab.shell(merge.partition("   ")[0].replace("FILE", RESULT[0]))
    assert lab.result() == lab.expected(80)


def test_after_ctrl_c_the_same_line_goes_on(lab: Lab, tmp_path: Path) -> None:
    """Nothing of the tasks is left on either machine; a second start runs the rest, to the bytes of one machine."""
    batches = 24_000
    with two_machines(lab, tmp_path / "ssh"):
        lab.shell(plan_line(lab, LINES[0], batches))
        line = quoted(lab, lab.adapted(STARTS[0]))
        words = shlex.split(line.partition("| ")[2])
        running = subprocess.Popen(
            words, cwd=lab.place.folder, env=lab.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        with running:
            assert running.stdin
            running.stdin.write(b"0\n1\n2\n3\n")
            running.stdin.close()
            wait_until(lambda: len({path.name.split(".")[0] for path in lab.work.glob("task-*")}) == 2, "two tasks")
            wait_until(lambda: bool(list(lab.work.glob("*.partial"))), "a shard is saved")
            running.send_signal(signal.SIGINT)
            assert running.wait(30) != 0
        wait_until(lambda: not processes_of(lab.work), "the tasks have ended")
        assert list(lab.work.glob("*.partial"))
        assert not list(lab.work.glob(".*.tmp"))
        (again,) = [line for line in STARTS if "--resume-failed" in line]
        lab.shell(quoted(lab, lab.adapted(again)))
    lab.shell(f"tokstats merge {shlex.quote(str(lab.work))} --output-file {RESULT[0]}")
    assert lab.result() == lab.expected(batches)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def processes_of(folder: Path) -> list[int]:
    """The ids of the processes that have a folder among their words."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(folder).encode() in words and b"work" in words:
            found.append(int(process.name))
    return found
