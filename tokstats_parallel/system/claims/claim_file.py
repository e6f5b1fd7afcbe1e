"""Claim files: `NAME.claim-1`, `NAME.claim-2`, ...; the holder of NAME is the maker of the highest generation.

1. A claim file is made by `O_CREAT | O_EXCL`, so one process makes each generation, also on network file systems.
2. Its maker writes it, in place. Who takes over after a silence makes the next generation first, and then writes into
   this one that it has ended: a holder that lives finds that when it opens its own file, for which network file systems
   ask the server. Nobody asks for a file that is not there yet, because they may then believe for a minute that it is
   missing.
3. It is never renamed, and it stays until nobody needs any claim of NAME. So the name does not pass to another file
   while somebody looks at it.
4. Each beat changes the content. A reader may find the file empty or half written; that counts as a sign of life, too.

The content is one line of JSON, padded with blanks, so that a beat rewrites the same bytes and needs no room.
"""

import errno
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tokstats_parallel.system.process_identity import ProcessIdentity

TAKEN_OVER = "another one has taken over while it gave no sign of life"

_MARK = ".claim-"
_FILE = re.compile(rf"(?P<name>.+){re.escape(_MARK)}(?P<generation>[1-9][0-9]*)", re.DOTALL)
_LEAST_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Content of a claim file.

    Attributes:
        writer: Name that no other claim has, for the temporary files of the holder, too.
        process: Process of the holder.
        beat: Number of the last beat.
        ended: Whether the holder has given the claim back.
        facts: Values that the holder tells about its work.
    """

    writer: str
    process: ProcessIdentity
    beat: int = 0
    ended: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Returns the content of the file; what never changes stands first."""
        text = json.dumps(asdict(self))
        return text.ljust(_LEAST_BYTES - 1).encode() + b"\n"

    def is_mine(self, content: bytes) -> bool:
        """Tells whether the content of a claim file was written for this claim."""
        return content.startswith(json.dumps({"writer": self.writer}).encode()[:-1])


class NotMineError(Exception):
    """Error of a claim that this process does not hold any more; the message says why."""


class GoneError(NotMineError):
    """Error of a claim file that is gone."""


def path_of(folder: Path, name: str, generation: int) -> Path:
    """Returns the path of a claim file."""
    return folder / f"{name}{_MARK}{generation}"


def highest_generations(folder: Path) -> dict[str, int]:
    """Returns the highest generation of each name that has claim files in a folder.

    Raises:
        OSError: The folder cannot be read.
    """
    highest: dict[str, int] = {}
    for entry in os.listdir(folder):  # noqa: PTH208 - a folder may have a hundred thousand files
        if match := _FILE.fullmatch(entry):
            highest[match["name"]] = max(highest.get(match["name"], 0), int(match["generation"]))
    return highest


def make(path: Path, claim: Claim) -> None:
    """Makes a claim file.

    Raises:
        FileExistsError: Another process has made it.
        OSError: The file cannot be made or written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _write(descriptor, claim)
    except OSError:
        path.unlink(missing_ok=True)  # else everybody would wait for this process
        raise


def rewrite(path: Path, claim: Claim) -> None:
    """Rewrites the claim file that this process has made.

    The file is opened and closed for each beat, because network file systems pass changes on at these moments.

    Raises:
        GoneError: The file is gone.
        NotMineError: Another process has taken over.
        OSError: The file cannot be read or written.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError as error:
        raise GoneError("its claim was removed") from error
    try:
        mine = claim.is_mine(os.pread(descriptor, _LEAST_BYTES, 0))
    except BaseException:
        os.close(descriptor)
        raise
    if not mine:
        os.close(descriptor)
        raise NotMineError(TAKEN_OVER)
    _write(descriptor, claim)


def put_end(path: Path, claim: Claim) -> None:
    """Writes into the claim file of a silent holder that it has ended.

    Args:
        path: Path of the file.
        claim: Claim of the process that has taken over.

    Raises:
        OSError: The file cannot be written.
    """
    _write(os.open(path, os.O_WRONLY), replace(claim, ended=True))


def remove(folder: Path, name: str, generation: int) -> None:
    """Removes all claim files of a name up to a generation; only a process that knows that nobody needs them does so.

    Raises:
        OSError: A file cannot be removed.
    """
    for number in range(1, generation + 1):
        path_of(folder, name, number).unlink(missing_ok=True)


def parsed(content: bytes) -> Claim | None:
    """Returns the claim of a file's content; None if the file is empty, half written, or of another version."""
    try:
        values = json.loads(content.partition(b"\n")[0])  # a longer line may have stood there
        process = ProcessIdentity(**values.pop("process"))
        claim = Claim(process=process, **values)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None
    return claim if isinstance(process.pid, int) and process.pid > 0 else None


def _write(descriptor: int, claim: Claim) -> None:
    """Writes the whole content of an open claim file, and closes it; some file systems tell of failures only then."""
    try:
        content = claim.encoded()
        if os.pwrite(descriptor, content, 0) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
