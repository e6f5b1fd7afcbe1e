"""Child processes: they run nothing of the caller, whatever it is, and end with it, however it ends."""

import code
import itertools
import os
import shutil
import signal
import site
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from support.children import report, report_libraries, wait_for_ever
from support.paths import ROOT, TESTS
from support.places import Place, make_place
from support.processes import child_processes
from support.runs import alive, line_of, make_job, run, sha256s

from tokstats_parallel.engines.local import imports
from tokstats_parallel.engines.local.process import Child

PATIENCE = 20.0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


@pytest.fixture
def expected(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Digests of the result of the same run in this process."""
    monkeypatch.syspath_prepend(ROOT)
    exec(compile(script(place, tmp_path / "expected.json"), "script", "exec"), {})  # noqa: S102 - our own text
    return sha256s(tmp_path / "expected.json")


def script(place: Place, output: Path) -> str:
    """Returns a script without a guard that runs a small job by two workers; it prints a line when it starts."""
    return f"""
print("started", __name__)
import tokstats_parallel
result = tokstats_parallel.collect(
    {str(place.config)!r}, {str(output)!r}, num_batches=400, workers=2, cache_dir={str(place.folder / "cache")!r},
    special_tokens="<s>", eos_token="</s>")
"""


DECOYS = """
import pathlib, random, tempfile, tokenize, numpy, psutil, pyarrow, tokstats_parallel.api
for name in "pickle random selectors socket tempfile tokenize types typing numpy psutil pyarrow sitecustomize".split():
    for folder in {folders!r}:
        pathlib.Path(folder, name + ".py").write_text("import os; os.write(2, b'imported a decoy'); os._exit(9)")
"""
"""Beginning of a script: imports the real modules, and then writes files of their names, which end a process."""


def environment(*paths: Path | str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}


def started_once(*words: object, text: str | None = None, paths: Sequence[Path | str] = (ROOT,)) -> None:
    """Runs Python, and checks that the script has started once and stderr is empty."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, words)],
        input=text,
        env=environment(*paths),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("started __main__\n", "", 0)


def test_a_script_without_a_guard(place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script(place, tmp_path / "out.json"), "utf-8")
    started_once(path)
    assert sha256s(tmp_path / "out.json") == expected


def test_a_script_from_standard_input(place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    started_once("-", text=script(place, tmp_path / "out.json"))
    assert sha256s(tmp_path / "out.json") == expected


def test_a_script_without_standard_files(place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    """The numbers of the standard files are given to the files that are opened next."""
    text = script(place, tmp_path / "out.json").replace("print(", "(lambda *_: None)(")
    (tmp_path / "script.py").write_text(text, "utf-8")
    command = f"exec {sys.executable} script.py 0<&- 1>&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", command], env=environment(ROOT), check=False)
    assert done.returncode == 0
    assert sha256s(tmp_path / "out.json") == expected


def test_an_interactive_console(
    place: Place, expected: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A main module without a file, such as that of a notebook, is no obstacle."""
    console = code.InteractiveConsole({"__name__": "__main__"})
    for line in script(place, tmp_path / "out.json").replace("\n    ", " ").splitlines():
        console.push(line)
    assert capsys.readouterr() == ("started __main__\n", "")
    assert sha256s(tmp_path / "out.json") == expected


def test_a_thread(place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    text = script(place, tmp_path / "out.json")
    thread = threading.Thread(target=exec, args=(compile(text, "script", "exec"), {}))
    thread.start()
    thread.join()
    assert sha256s(tmp_path / "out.json") == expected


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_daemonic_process(method: str, place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    """Workers of data loaders are daemonic; `multiprocessing` allows them no children."""
    (tmp_path / "job.py").write_text(f"def work():\n    exec({script(place, tmp_path / 'out.json')!r})\n", "utf-8")
    text = f"""
import multiprocessing, job
if __name__ == "__main__":
    process = multiprocessing.get_context("{method}").Process(target=job.work, daemon=True)
    process.start()
    process.join()
    raise SystemExit(process.exitcode)
"""
    (tmp_path / "script.py").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], env=environment(ROOT), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("started job\n", "", 0)
    assert sha256s(tmp_path / "out.json") == expected


@pytest.mark.parametrize("flags", [["-I"], ["-I", "-S"], ["-X", "dev"], ["-i"]], ids=str)
def test_a_package_that_only_the_path_has(
    flags: list[str], place: Place, expected: tuple[str, str], tmp_path: Path
) -> None:
    """The interpreter has flags; with `-S` it finds no installed package by itself."""
    elsewhere = tmp_path / "elsewhere"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tokstats_parallel", elsewhere / "tokstats_parallel", ignore=ignored)
    others = site.getsitepackages()
    beginning = f"import sys; sys.path[:0] = {[str(elsewhere), *others]}; import tokstats_parallel\n"
    check = f"assert tokstats_parallel.__file__.startswith({str(elsewhere)!r})\n"
    (tmp_path / "script.py").write_text(beginning + check + script(place, tmp_path / "out.json"), "utf-8")
    text = "" if flags == ["-i"] else None
    done = subprocess.run(
        [sys.executable, *flags, "script.py"],
        env=environment(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("started __main__\n", 0)
    assert done.stderr.strip(">\n ") == ""
    assert sha256s(tmp_path / "out.json") == expected


def test_modules_in_the_working_directory_do_not_replace_pythons(place: Place, tmp_path: Path) -> None:
    """They lie in the working directory, where `python -c` would look first."""
    for name in ("socket", "pickle", "tempfile"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')", "utf-8")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "script.py").write_text(script(place, tmp_path / "out.json"), "utf-8")
    started_once(scripts / "script.py")


@pytest.mark.parametrize(
    ("start", "entry"),
    [
        *itertools.product(["file", "-", "-c"], [None, ""]),
        ("file", "{}/scripts"),
        ("-", "scripts"),
        ("-c", "{}"),
    ],
)
def test_no_child_imports_from_the_callers_folders(start: str, entry: str | None, place: Place, tmp_path: Path) -> None:
    """The working folder and the script's folder have files of all names; PYTHONPATH has one of these folders."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    text = DECOYS.format(folders=[str(tmp_path), str(scripts)]) + script(place, tmp_path / "out.json")
    (scripts / "script.py").write_text(text, "utf-8")
    paths: list[Path | str] = [ROOT] if entry is None else [entry.format(tmp_path), ROOT]
    words = {"file": ["scripts/script.py"], "-": ["-"], "-c": ["-c", text]}[start]
    started_once(*words, text=text if start == "-" else None, paths=paths)


def test_no_child_imports_from_the_folder_of_a_notebook(place: Place, tmp_path: Path) -> None:
    """A notebook's program has put its first folder into the path, and works in another; the call is in a thread."""
    (tmp_path / "notebooks").mkdir()
    text = DECOYS.format(folders=[str(tmp_path / "notebooks")]) + script(place, tmp_path / "out.json")
    program = f"""
import sys, threading
sys.path.insert(0, {str(tmp_path / "notebooks")!r})
thread = threading.Thread(target=exec, args=(compile({text!r}, "<cell>", "exec"), {{"__name__": "__main__"}}))
thread.start()
thread.join()
"""
    started_once("-c", program)


def test_a_package_in_the_working_folder(place: Place, expected: tuple[str, str], tmp_path: Path) -> None:
    """A checkout is used in place; `-P` and its like are not given."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tokstats_parallel", tmp_path / "tokstats_parallel", ignore=ignored)
    check = f"import tokstats_parallel; assert tokstats_parallel.__file__.startswith({str(tmp_path)!r})\n"
    text = check + DECOYS.format(folders=[str(tmp_path)]) + script(place, tmp_path / "out.json")
    started_once("-", text=text, paths=())
    assert sha256s(tmp_path / "out.json") == expected


# The child itself


def test_a_child_has_its_own_path_and_no_modules_of_the_command_line() -> None:
    with Child(report) as child:
        modules, mask, path, isolated, folder = child.connection.recv()
        assert folder == Path.cwd()
        assert path[-1] == str(TESTS)  # for `report`, which only this process finds
        assert str(ROOT / "scripts") not in path
        assert isolated == sys.flags.isolated
        assert signal.SIGINT in mask
        assert not {"pyarrow", "numpy", "pydantic", "rich", "cyclopts", "transformers", "psutil"} & set(modules)
        assert not [name for name in modules if name.startswith("tokstats_parallel.commands")]


def test_a_child_imports_no_library_that_the_coordinator_does_not_look_for() -> None:
    with Child(report_libraries) as child:
        assert child.connection.recv() == sorted({*imports.LIBRARIES} - {"support"})


def test_a_child_that_is_ended_leaves_nothing() -> None:
    before = psutil.Process().num_fds()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            child = Child(report)
            child.end()
            child.end()
            assert not alive([child.pid])
    assert psutil.Process().num_fds() == before
    assert not child_processes()


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.05, 0.2])
def test_an_interrupt_while_a_child_starts(moment: float) -> None:
    """The interrupt is raised in the coordinator, and the child is ended."""

    def interrupt() -> None:
        time.sleep(moment)
        os.kill(os.getpid(), signal.SIGINT)

    before = psutil.Process().num_fds()
    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come anywhere
        thread.start()
        with Child(wait_for_ever):
            threading.Event().wait(PATIENCE)
    thread.join()
    assert psutil.Process().num_fds() == before
    assert not child_processes()


DYING = """
import os, signal, sys, threading, time
from support.children import wait_for_ever
from tokstats_parallel.engines.local.process import Child
def start():
    child = Child(wait_for_ever)
    print(child.connection.recv(), flush=True)
    if {forked}:
        os.fork() or time.sleep(1000)
    {then}
    time.sleep(1000)
{start}
"""


@pytest.mark.parametrize("forked", [False, True], ids=["alone", "with a fork that keeps its files"])
@pytest.mark.parametrize("start", ["start()", "threading.Thread(target=start).start()"], ids=["main", "thread"])
@pytest.mark.parametrize("then", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(3)", "os.abort()"])
def test_a_child_dies_with_the_coordinator(forked: bool, start: str, then: str) -> None:
    text = DYING.format(forked=forked, start=start, then=then)
    with subprocess.Popen(
        [sys.executable, "-c", text],
        env=environment(ROOT, TESTS),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        pid = int(line_of(process))
        process.wait()
        deadline = time.monotonic() + PATIENCE
        while alive([pid]) and time.monotonic() < deadline:
            time.sleep(0.02)
        left = alive([pid])
        if forked:
            os.killpg(process.pid, signal.SIGKILL)  # the fork keeps the pipe of the output
    assert not left


def test_a_child_outlives_the_thread_that_started_it() -> None:
    children: list[Child] = []
    thread = threading.Thread(target=lambda: children.append(Child(wait_for_ever)))
    thread.start()
    thread.join()
    with children[0] as child:
        assert child.connection.recv() == child.pid
        time.sleep(0.1)
        assert alive([child.pid])


def test_a_whole_run_warns_of_nothing(tmp_path: Path) -> None:
    """All warnings are errors, as with `-W error`."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(make_job(tmp_path), workers=2)
