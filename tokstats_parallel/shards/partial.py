"""Partials: what shards found, as files that can be trusted.

A partial is one shard's: a set of them counts every draw once if no shard is in it twice (see `merge`), and the order
does not matter.

A file begins with one line of JSON (format, job digest, corpus fingerprint, shard, the number of the segment's entries,
the sum of their counts, places in it from which it can be read, what was lacking to the drawn sizes, and a checksum of
all this and the rest); the rest is the shard's segment. It gets its name, which is the shard's, when it is whole. What
does not fit is refused by name.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.errors import OutputError, TokstatsError, reason, remedy
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.atomic import replacing
from tokstats_parallel.system.fault_injection import fault_point

FORMAT = 3
SUFFIX = ".partial"

_CHUNK = 1 << 20
# Far more than any head has; whatever has no end of line by then is none of ours.
_LONGEST_HEAD = 1 << 16


class PartialError(TokstatsError):
    """A partial file is damaged or belongs to another run."""


class ForeignPartialError(PartialError):
    """A partial file belongs to another run.

    Attributes:
        differences: What is not this run's.
    """

    def __init__(self, path: Path, differences: str) -> None:
        """Takes the file and what is not this run's."""
        super().__init__(f"{path}: belongs to another run ({differences}); remove it")
        self.differences = differences


@dataclass(frozen=True, slots=True)
class Partial:
    """A shard's file, checked.

    Attributes:
        shard: Which one.
        path: The file.
        start: The place in it of the first byte of its segment of (substring, number of vocabularies that held it).
        entries: The number of substrings.
        occurrences: The sum of their counts.
        shortfall: Substrings by which its vocabularies are smaller than drawn; with the occurrences it makes
            `_native.expected_occurrences`.
        read_points: Offsets from which the segment can be read (see `_native.survey_segment`).
    """

    shard: Shard
    path: Path
    start: int
    entries: int
    occurrences: int
    shortfall: int = 0
    read_points: tuple[tuple[int, int], ...] = ()


def save(folder: Path, shard: Shard, segment: bytes, shortfall: int = 0, *, job_digest: str, fingerprint: str) -> Path:
    """Writes a shard's segment into `folder`; when this returns, the file is on the disk and has its name.

    Args:
        folder: Where partials are.
        shard: Which one.
        segment: Packed counts of the shard.
        shortfall: Substrings by which its vocabularies are smaller than drawn.
        job_digest: That of the run.
        fingerprint: That of the corpus.

    Raises:
        OutputError: The file cannot be written.
    """
    path = folder / f"{shard}{SUFFIX}"
    entries, occurrences, read_points = _native.survey_segment(segment)
    head: dict[str, Any] = {
        "format": FORMAT,
        "job": job_digest,
        "corpus": fingerprint,
        "shard": asdict(shard),
        "entries": entries,
        "occurrences": occurrences,
        "places": read_points,
        "lacking": shortfall,
    }
    checksum = _checksum(head)
    checksum.update(segment)
    head["sha256"] = checksum.hexdigest()
    fault_point("shard-before-write")
    try:
        with replacing(path, of="shard") as temporary, temporary.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            fault_point("shard-in-write", file)
            file.write(segment)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({reason(error)}); finished shards are kept: "
            f"{remedy(error)} and run the same command again"
        ) from error
    return path


def check(path: Path, *, job_digest: str, fingerprints: Mapping[str, str]) -> Partial:
    """Checks a partial of the run with this digest over the corpora with these fingerprints (by language).

    It is read as a stream: memory does not depend on its size.

    Raises:
        ForeignPartialError: The file belongs to another run, or to another version of this program.
        PartialError: The file cannot be read, or is damaged.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
            head = _parsed(path, line)
            version = head.get("format")
            if isinstance(version, int) and version != FORMAT:  # whose checksum may be another
                raise ForeignPartialError(path, f"format: {version} there, {FORMAT} here")
            written = json.dumps(head).encode() + b"\n" == line  # JSON leaves room for other blanks
            expected = head.pop("sha256", None)
            checksum = _checksum(head)
            while chunk := file.read(_CHUNK):
                checksum.update(chunk)
    except OSError as error:
        raise PartialError(f"{path}: cannot be read ({reason(error)}); remove it and run again") from error
    if expected != checksum.hexdigest() or not written:
        raise PartialError(f"{path}: damaged (checksum); remove it and run again")
    shard = Shard(**head["shard"])
    different = []
    if head.get("job") != job_digest:
        different.append("other seed or config")
    if head.get("corpus") != fingerprints.get(shard.language, ""):
        different.append(f"other corpus of {shard.language}")
    if different:
        raise ForeignPartialError(path, ", ".join(different))
    if path.name != f"{shard}{SUFFIX}":
        raise PartialError(f"{path}: holds shard {shard}; remove it and run again")
    read_points = tuple((offset, key) for offset, key in head["places"])
    return Partial(shard, path, len(line), head["entries"], head["occurrences"], head["lacking"], read_points)


def _checksum(head: Mapping[str, Any]) -> "hashlib._Hash":
    """That of the head, to which the segment is to be added."""
    return hashlib.sha256(json.dumps(head).encode() + b"\n")


def _parsed(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PartialError(f"{path}: damaged (head); remove it and run again") from error
    if not isinstance(head, dict) or not line.endswith(b"\n"):
        raise PartialError(f"{path}: damaged (head); remove it and run again")
    return head
