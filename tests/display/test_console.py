"""Consoles: sizes that no terminal has, and what commands do about a stdout that fails."""

import errno
import io
import os
import sys

import pytest

from tokstats_parallel.display.console import (
    excuse_stdout,
    require_stdout,
    stderr_console,
    stdout_console,
    take_stdout_failure,
)
from tokstats_parallel.errors import OutputError
from tokstats_parallel.system.standard_streams import unfailing_streams


@pytest.mark.parametrize(
    ("columns", "width"), [("0", 80), ("1", 20), ("20", 20), ("100", 100), ("99999999", 1000), ("wide", 80)]
)
@pytest.mark.parametrize("term", ["", "dumb", "unknown", "xterm"])
def test_a_width_that_no_terminal_has(columns: str, width: int, term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("os.get_terminal_size", lambda _descriptor: (0, 0))
    assert stdout_console().width == width
    assert stderr_console().width == width


class Full(io.StringIO):
    """Stream to a full disk."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_summary_is_excused_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    with unfailing_streams() as stdout:
        stdout_console().put("a line")
        excuse_stdout("the result is written")
        excuse_stdout("the result is written")
        assert (take_stdout_failure(), stdout.failure) == (None, None)
    said = "tokstats: the result is written, but the summary is not: stdout cannot be written"
    assert capsys.readouterr().err == f"{said} (No space left on device)\n"


def test_a_closed_stdout_is_refused_where_a_result_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    require_stdout("--json")
    monkeypatch.setattr(sys, "stdout", None)
    stdout_console().put("to nobody")
    with pytest.raises(OutputError, match=r"^--json: stdout is closed; give the output a place, or leave --json out$"):
        require_stdout("--json")
    with pytest.raises(OutputError, match=r"^status: stdout is closed; give the output a place$"):
        require_stdout("status")


def test_a_closed_stderr_takes_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    stderr_console().notice("to nobody")
