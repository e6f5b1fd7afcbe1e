"""Process identity: a process counts as gone only where that is certain."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tokstats_parallel.system import process_identity
from tokstats_parallel.system.process_identity import ProcessIdentity, is_gone, new_writer_name, this_process

ME = this_process()


@pytest.fixture
def child() -> Iterator[ProcessIdentity]:
    """A process that lives as long as the test."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        state = process_identity._state(str(process.pid))
        assert state
        yield replace(ME, pid=process.pid, started=state[1])


def refuse(number: type[OSError]) -> object:
    def kill(_pid: int, _signal: int) -> None:
        raise number

    return kill


def test_this_process_and_its_children_live(child: ProcessIdentity) -> None:
    assert ME.pid == os.getpid()
    assert ME.started > 0
    assert not is_gone(ME)
    assert not is_gone(child)


def test_identity_is_stable() -> None:
    assert this_process() == ME


def test_an_ended_process_is_gone(child: ProcessIdentity) -> None:
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(child), "a zombie does nothing any more"
    os.waitpid(child.pid, 0)
    assert is_gone(child)


def test_a_process_id_that_was_given_again_is_another_process(child: ProcessIdentity) -> None:
    assert is_gone(replace(child, started=child.started - 1))


def test_without_a_start_time_the_id_decides(child: ProcessIdentity) -> None:
    assert not is_gone(replace(child, started=-1))


@pytest.mark.parametrize("field", ["host", "boot", "namespaces"])
def test_a_process_elsewhere_is_not_judged(field: str) -> None:
    there = ProcessIdentity(
        **{"host": ME.host, "boot": ME.boot, "namespaces": ME.namespaces, field: "other"}, pid=ME.pid, started=1
    )
    assert is_gone(replace(ME, started=1))
    assert not is_gone(there)


def test_a_process_of_another_user_that_proc_hides_lives(
    child: ProcessIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "kill", refuse(PermissionError))
    monkeypatch.setattr(process_identity, "_state", lambda _pid: None)
    assert not is_gone(replace(child, started=1))


def test_a_proc_of_another_namespace_is_not_asked(child: ProcessIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_identity, "_proc_is_of_this_namespace", lambda: False)
    assert not is_gone(replace(child, started=1))
    monkeypatch.setattr(os, "kill", refuse(ProcessLookupError))
    assert is_gone(child)


def test_without_proc_no_process_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_identity, "_PROC", Path("/nowhere"))
    nobody = this_process()
    assert (nobody.boot, nobody.namespaces, nobody.started) == ("", "", -1)
    monkeypatch.setattr(os, "kill", refuse(ProcessLookupError))
    assert not is_gone(nobody)


def test_a_program_with_brackets_in_its_name_has_a_start_time() -> None:
    script = "import ctypes; ctypes.CDLL(None).prctl(15, b'a) Z (b', 0, 0, 0); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        state = process_identity._state(str(process.pid))
    assert state
    assert state[0] in {"S", "R"}
    assert state[1] >= ME.started


def test_writers_names_are_all_different_and_fit_into_file_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "knöten.example/" + 100 * "x")
    names = {new_writer_name() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name) for name in names)
