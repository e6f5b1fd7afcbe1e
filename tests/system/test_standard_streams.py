"""Standard streams: what cannot be written is dropped, and whatever can be written arrives."""

import io
import os
import sys
import threading
from pathlib import Path
from typing import TextIO, cast

import pytest

from tokstats_parallel.system.standard_streams import UnfailingStream, unfailing, unfailing_streams


class Flawed(io.StringIO):
    """Stream that fails while it has an error to raise."""

    error: Exception | None = None

    def write(self, text: str) -> int:
        if self.error:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("I/O operation on closed file"), "I/O operation on closed file"),
        (BrokenPipeError(32, "Broken pipe"), None),
    ],
    ids=repr,
)
def test_a_result_ends_at_its_first_failure_and_a_log_goes_on(error: Exception, failure: str | None) -> None:
    for with_gaps in (False, True):
        below = Flawed()
        stream = UnfailingStream(below, with_gaps=with_gaps)
        stream.write("one\n")
        below.error = error
        assert stream.write("two\n") == 4
        stream.flush()
        below.error = None
        stream.write("three\n")
        assert below.getvalue() == ("one\nthree\n" if with_gaps else "one\n")
        assert stream.failure == failure


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_device_is_noticed_at_the_flush() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - it cannot be closed before it is another file
    stream = UnfailingStream(full, with_gaps=False)
    stream.write("a line\n")
    assert stream.failure is None, "it is in the buffer still"
    stream.flush()
    assert stream.failure == "No space left on device"
    with Path(os.devnull).open("w") as null:
        os.dup2(null.fileno(), full.fileno())
    full.close()


def test_a_stream_that_is_not_there() -> None:
    stream = UnfailingStream(None, with_gaps=False)
    assert stream.is_closed
    assert stream.write("x") == 1
    stream.flush()
    assert not stream.isatty()
    assert stream.failure is None
    assert getattr(stream, "encoding", "utf-8") == "utf-8"


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("ascii", "Ġthe 汉 \udcff", b"\\u0120the \\u6c49 \\udcff"),
        ("latin-1", "é Ġ", b"\xe9 \\u0120"),
        ("utf-8", "Ġ \udcff", "Ġ \\udcff".encode()),
    ],
)
def test_characters_that_the_encoding_lacks_are_escaped(encoding: str, text: str, written: bytes) -> None:
    raw = io.BytesIO()
    stream = UnfailingStream(io.TextIOWrapper(raw, encoding=encoding), with_gaps=False)
    stream.write(text)
    stream.flush()
    assert (raw.getvalue(), stream.failure) == (written, None)


def test_a_pipe_that_does_not_block_loses_nothing() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    text = "Ġ汉字 and so on\n" * 20_000
    received: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as pipe:
            received.append(pipe.read())

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        stream = UnfailingStream(pipe, with_gaps=False)
        stream.write(text)
    reader.join()
    assert received[0].decode() == text
    assert stream.failure is None


def test_the_streams_of_the_process_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    out, log = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", log)
    with unfailing_streams() as stdout:
        assert unfailing(sys.stdout, with_gaps=False) is stdout
        sys.stdout.write("a result")
        sys.stderr.write("a line")
    assert sys.stdout is out
    assert sys.stderr is cast("TextIO", log)
    assert (out.getvalue(), log.getvalue()) == ("a result", "a line")
