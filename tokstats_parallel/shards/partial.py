"""Partials: writes and checks the files of finished shards, each with the counts of one shard and a checksum.

The order in which partials are merged does not matter.

A file begins with its head, one line of JSON: format, job digest, corpus fingerprint, shard, number of the segment's
entries, sum of the entries' counts, read points of the segment, shortfall of the shard, and a checksum of the head and
the segment. The segment follows. The file gets its name, the name of the shard, only when it is complete. A file that
does not fit the run is refused, and the message names the differences.
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

FORMAT = 4
SUFFIX = ".partial"

_CHUNK = 1 << 20
# Maximum length allowed, far above the length of any head: a file whose first line is longer is not a partial.
_LONGEST_HEAD = 1 << 16


class PartialError(TokstatsError):
    """Error of a partial that is damaged, or that belongs to another run."""


class ForeignPartialError(PartialError):
    """Error of a partial that belongs to another run.

    Attributes:
        differences: Text that names the differences between the partial's run and this run.
    """

    def __init__(self, path: Path, differences: str) -> None:
        """Takes the path of the partial, and the differences between its run and this run."""
        super().__init__(f"{path}: belongs to another run ({differences}); remove it")
        self.differences = differences


@dataclass(frozen=True, slots=True)
class Partial:
    """Checked file of a finished shard.

    Attributes:
        shard: Shard that the file holds.
        path: Path of the file.
        start: Offset of the shard's segment in the file, in bytes.
        entries: Number of the segment's entries, each a substring with its count.
        occurrences: Sum of the entries' counts.
        shortfall: Number of substrings by which the shard's vocabularies are smaller than their drawn sizes.
            Occurrences and shortfall add up to `_native.expected_occurrences`.
        read_points: Points from which the segment can be read (see `_native.survey_segment`).
    """

    shard: Shard
    path: Path
    start: int
    entries: int
    occurrences: int
    shortfall: int = 0
    read_points: tuple[tuple[int, int], ...] = ()


def save(folder: Path, shard: Shard, segment: bytes, shortfall: int = 0, *, job_digest: str, fingerprint: str) -> Path:
    """Writes a shard's partial into `folder`, and returns its path. The file is then on the disk and has its name.

    Args:
        folder: Folder of the partials.
        shard: Shard that was run.
        segment: Segment with the shard's counts.
        shortfall: Number of substrings by which the shard's vocabularies are smaller than their drawn sizes.
        job_digest: Digest of the job.
        fingerprint: Fingerprint of the corpus of the shard's language.

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
    """Checks a partial, and returns the values of its head. Memory does not depend on the size of the file.

    Args:
        path: Path of the partial.
        job_digest: Digest of this run's job.
        fingerprints: Language -> fingerprint of its corpus in this run.

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
    """Returns the hash of the head, to which the caller adds the segment."""
    return hashlib.sha256(json.dumps(head).encode() + b"\n")


def _parsed(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PartialError(f"{path}: damaged (head); remove it and run again") from error
    if not isinstance(head, dict) or not line.endswith(b"\n"):
        raise PartialError(f"{path}: damaged (head); remove it and run again")
    return head
