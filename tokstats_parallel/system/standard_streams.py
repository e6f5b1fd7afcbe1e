"""Standard streams: stdout and stderr that never fail, because no run may be lost for a line about it.

A stream may be closed, its disk full, its reader gone, or its encoding too small. What cannot be written is dropped,
and the first failure is kept, for the commands whose result goes to stdout. A reader that goes away, as `head` does, is
no failure.

The command line loads this module before all others, so it imports nothing that takes time.
"""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

_PIECE = 1024
"""Characters, at most 4096 bytes, that a pipe takes at once when the system says that it can be written to."""
_LAST_STANDARD = 2


class UnfailingStream:
    """Text stream that passes text on to another stream, and drops what that stream does not take.

    Attributes:
        failure: Reason of the system why text was dropped first; None if none was, or only because the stream was
            closed before, or its reader has gone away.
    """

    def __init__(self, stream: TextIO | None, *, with_gaps: bool) -> None:
        """Takes the stream to write to, or None in a process that was started without it.

        Args:
            stream: Stream to write to.
            with_gaps: Whether to write on after a failure, as suits a log; a result must not have a gap.
        """
        self.failure: str | None = None
        self._stream = stream
        self._with_gaps = with_gaps

    @property
    def is_closed(self) -> bool:
        """Tells whether there is nothing to write to."""
        return self._stream is None

    def write(self, text: str) -> int:
        """Writes text as far as that is possible; returns the number of its characters."""
        if self._stream is not None:
            try:
                _write(self._stream, text)
            except (OSError, ValueError) as error:
                self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Passes on the text that the stream still holds, as far as that is possible."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._drop(error)

    def isatty(self) -> bool:
        """Tells whether the stream is a terminal."""
        try:
            return self._stream is not None and self._stream.isatty()
        except (OSError, ValueError):
            return False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the stream has it
        """Returns an attribute of the stream that is written to, such as `encoding`."""
        return getattr(self._stream, name)

    def _drop(self, error: OSError | ValueError) -> None:
        if not isinstance(error, BrokenPipeError) and self.failure is None:
            self.failure = getattr(error, "strerror", None) or str(error)
        if not self._with_gaps:
            self._stream = None


@contextmanager
def unfailing_streams() -> Iterator[UnfailingStream]:
    """Makes `sys.stdout` and `sys.stderr` streams that never fail, inside the `with` block; yields stdout."""
    before = sys.stdout, sys.stderr
    stdout = unfailing(sys.stdout, with_gaps=False)
    sys.stdout, sys.stderr = cast("TextIO", stdout), cast("TextIO", unfailing(sys.stderr, with_gaps=True))
    try:
        yield stdout
    finally:
        sys.stdout, sys.stderr = before


def unfailing(stream: TextIO | None, *, with_gaps: bool) -> UnfailingStream:
    """Returns a stream that writes to `stream` and never fails; `stream` itself if it is one already."""
    return stream if isinstance(stream, UnfailingStream) else UnfailingStream(stream, with_gaps=with_gaps)


def open_closed_descriptors() -> None:
    """Opens the null device in the place of each closed standard stream, so that no later file gets its number.

    A message of a library, or of a child process, would be written into that file.
    """
    while (null := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        os.set_inheritable(null, True)  # child processes have these streams, too
    os.close(null)


def _write(stream: TextIO, text: str) -> None:
    """Writes text with escapes for the characters that the stream's encoding lacks; waits if its pipe is full.

    Raises:
        OSError: The stream does not take the text.
        ValueError: The stream is closed.
    """
    if encoding := getattr(stream, "encoding", None):  # a token may have any character, and the name of a file any byte
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    descriptor = _unblocked_descriptor(stream)
    if descriptor is None:
        stream.write(text)
        return
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)
    for start in range(0, len(text), _PIECE):
        ready.poll()
        stream.write(text[start : start + _PIECE])
        stream.flush()


def _unblocked_descriptor(stream: TextIO) -> int | None:
    """Returns the stream's descriptor if a write to it fails instead of waiting, as some programs set their pipes."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = stream.fileno()
        return None if os.get_blocking(descriptor) else descriptor
    return None
