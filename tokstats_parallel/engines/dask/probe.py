"""Probe: functions that processes of an existing cluster run before the first shard, and what they need.

- The versions are asked for by a function that Dask sends as code, because a process may not have this package.
- The folder is looked at through a small file, which the workers read under the same path.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.shards.partial import SUFFIX
from tokstats_parallel.system.atomic import temporary_path


def version_question() -> Callable[[], object]:
    """Returns the function that gives the versions of the process that calls it, or a text if there are none."""

    def ask() -> object:  # inside a function, so that Dask sends its code
        try:
            from tokstats_parallel.engines.dask.versions import versions  # noqa: PLC0415 - may be missing there
        except ImportError as error:
            return f"no tokstats-parallel with a Dask engine there: {error}"
        return versions()

    return ask


@contextmanager
def probe_file(folder: Path) -> Iterator[tuple[Path, str]]:
    """Writes a file with a text that no other file has; yields both, and removes the file.

    Its name is one of the names that a killed run may leave, so that a later run removes it.

    Raises:
        OutputError: The file cannot be written.
    """
    text = uuid4().hex
    path = temporary_path(folder / f"probe.0.0-0{SUFFIX}", text)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({reason(error)}); {remedy(error)} and run the same command again"
        ) from error
    try:
        yield path, text
    finally:
        path.unlink(missing_ok=True)


def read_file(path: Path) -> tuple[str, str]:
    """Returns the name of this machine, and the text of a file, or the reason why the file cannot be read."""
    try:
        return socket.gethostname(), path.read_text("utf-8")
    except OSError as error:
        return socket.gethostname(), reason(error)
