"""Partials: checksummed files with the counts of one shard each.

A set of partials counts every draw once if no shard is in it twice (see `merge`); their order does not matter.

A file begins with one line of JSON: format, job digest, corpus fingerprint, shard, number of the segment's entries, sum
of their counts, offsets from which the segment can be read, shortfall of the pools, and a checksum of all this and the
rest. The rest is the shard's segment. The file gets its name, the shard's, only when it is complete. A file that does
not fit the run is refused, and the message names the difference.
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
# Far more than any head has: a file without an end of line before this is not a partial.
_LONGEST_HEAD = 1 << 16


class PartialError(TokstatsError):
    """A partial file is damaged or belongs to another run."""


class ForeignPartialError(PartialError):
    """A partial file belongs to another run.

    Attributes:
        differences: The differences from this run.
    """

    def __init__(self, path: Path, differences: str) -> None:
        """Takes the file, and the differences from this run."""
        super().__init__(f"{path}: belongs to another run ({differences}); remove it")
        self.differences = differences


@dataclass(frozen=True, slots=True)
class Partial:
    """File of a shard, checked.

    Attributes:
        shard: The shard.
        path: The file.
        start: Offset of the segment of (substring, number of vocabularies that held it) in the file.
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
        folder: The folder of the partials.
        shard: The shard.
        segment: Packed counts of the shard.
        shortfall: Substrings by which its vocabularies are smaller than drawn.
        job_digest: The digest of the job.
        fingerprint: The fingerprint of the corpus.

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
    """Checks a partial; it is read as a stream, so memory does not depend on its size.

    Args:
        path: The file.
        job_digest: The digest of the run's job.
        fingerprints: Language -> fingerprint of the run's corpus.

    Raises:
        ForeignPartialError: The file belongs to another run, or to another version of this program.
        PartialError: The file cannot be read, or is damaged.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
            head = _parsed(path, line)
            version = head.get("format")
            if isinstance(version, int) and version != FORMAT:  # another format may have another checksum
                raise ForeignPartialError(path, f"format: {version} there, {FORMAT} here")
            written = json.dumps(head).encode() + b"\n" == line  # JSON allows other blanks
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
    """Returns the checksum of the head; the segment is added to it."""
    return hashlib.sha256(json.dumps(head).encode() + b"\n")


def _parsed(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PartialError(f"{path}: damaged (head); remove it and run again") from error
    if not isinstance(head, dict) or not line.endswith(b"\n"):
        raise PartialError(f"{path}: damaged (head); remove it and run again")
    return head
