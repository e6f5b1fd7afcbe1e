"""Partials: writes and checks the files of finished shards, each with the counts of one shard and a checksum.

The order in which partials are merged does not matter.

A file begins with its head, one line of JSON: format, job digest, corpus fingerprint, shard, and for each segment the
number of its entries, the sum of their counts, its read points and its shortfall; at last a checksum of the head and
the segments. The segments follow. A shard has one segment, unless its draws belong to several languages, because these
share a pool; the head then lists the segments, with the language, the draws and the size of each. The file gets its
name, the name of the shard, only when it is complete. A file that does not fit the run is refused, and the message
names the differences.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.errors import OutputError, TokstatsError, advice, reason, remedy
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardCounts
from tokstats_parallel.system.atomic import replacing
from tokstats_parallel.system.fault_injection import fault_point

FORMAT = 4
SUFFIX = ".partial"
REMOVE_IT = "remove it and run again"
"""Remedy against a damaged partial, for whoever cannot remove it."""

_CHUNK = 1 << 20
# Maximum length allowed, far above the length of any head: a file whose first line is longer is not a partial. A
# segment has up to 256 read points, and a shard of a shared pool has a segment for each language.
_LONGEST_HEAD = 1 << 24
_TO_THE_END = 2**64 - 1
_NAME = re.compile(rf"(.+)\.(\d+)\.(\d+)-(\d+){re.escape(SUFFIX)}", re.DOTALL)


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
class SavedSegment:
    """Segment in the file of a shard: the counts of the shard's draws that belong to one language.

    Attributes:
        language: Name of the language, or `all` if languages are mixed.
        draws: Number of the draws.
        start: Offset of the segment in the file, in bytes.
        end: Offset behind the segment, in bytes; 2**64 - 1 if the segment reaches to the end of the file.
        entries: Number of the segment's entries, each a substring with its count.
        occurrences: Sum of the entries' counts.
        shortfall: Number of substrings by which the draws' vocabularies are smaller than their drawn sizes.
        read_points: Points from which the segment can be read (see `_native.survey_segment`).
    """

    language: str
    draws: int
    start: int
    end: int
    entries: int
    occurrences: int
    shortfall: int = 0
    read_points: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Partial:
    """Checked file of a finished shard.

    Attributes:
        shard: Shard that the file holds.
        path: Path of the file.
        segments: Segments of the file, one for each language that has draws in the shard.
    """

    shard: Shard
    path: Path
    segments: tuple[SavedSegment, ...]

    @property
    def occurrences(self) -> int:
        """Sum of the counts of all segments."""
        return sum(segment.occurrences for segment in self.segments)

    @property
    def shortfall(self) -> int:
        """Number of substrings by which the shard's vocabularies are smaller than their drawn sizes.

        Occurrences and shortfall add up to `_native.expected_occurrences`.
        """
        return sum(segment.shortfall for segment in self.segments)


def save(
    folder: Path, shard: Shard, counts: Sequence[ShardCounts], *, job_digest: str, fingerprint: str, writer: str = ""
) -> Path:
    """Writes a shard's partial into `folder`, and returns its path. The file is then on the disk and has its name.

    Args:
        folder: Folder of the partials.
        shard: Shard that was run.
        counts: Counts of the shard's draws, by language.
        job_digest: Digest of the job.
        fingerprint: Fingerprint of the rows of the shard's stream.
        writer: As for `atomic.replacing`.

    Raises:
        OutputError: The file cannot be written.
    """
    path = folder / f"{shard}{SUFFIX}"
    head: dict[str, Any] = {
        "format": FORMAT,
        "job": job_digest,
        "corpus": fingerprint,
        "shard": asdict(shard),
        **_described(shard, counts),
    }
    checksum = _checksum(head)
    for one in counts:
        checksum.update(one.segment)
    head["sha256"] = checksum.hexdigest()
    fault_point("shard-before-write")
    try:
        with replacing(path, of="shard", writer=writer) as temporary, temporary.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            fault_point("shard-in-write", file)
            for one in counts:
                file.write(one.segment)
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
        fingerprints: Name of a stream -> fingerprint of its rows in this run (see `fingerprints_of_streams`).

    Raises:
        ForeignPartialError: The file belongs to another run, or to another version of this program.
        PartialError: The file is damaged.
        OutputError: The system refuses to read the file.
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
        raise OutputError(
            f"{path}: cannot be read ({reason(error)}); "
            f"{advice(error, 'see to that and run the same command again')}, or remove the file to have it made anew"
        ) from error
    if expected != checksum.hexdigest() or not written:
        raise PartialError(f"{path}: damaged (checksum); {REMOVE_IT}")
    shard = Shard(**head["shard"])
    different = []
    if head.get("job") != job_digest:
        different.append("other seed or config")
    if head.get("corpus") != fingerprints.get(shard.language, ""):
        different.append(f"other corpus of {shard.language}")
    if different:
        raise ForeignPartialError(path, ", ".join(different))
    if path.name != f"{shard}{SUFFIX}":
        raise PartialError(f"{path}: holds shard {shard}; {REMOVE_IT}")
    return Partial(shard, path, tuple(_segments(shard, head, len(line))))


def shard_of(path: Path) -> Shard | None:
    """Returns the shard that a partial of this name holds; None if a partial has no such name. No file is read."""
    name = _NAME.fullmatch(path.name)
    return Shard(name[1], int(name[2]), int(name[3]), int(name[4]) - int(name[3])) if name else None


def _described(shard: Shard, counts: Sequence[ShardCounts]) -> dict[str, Any]:
    """Returns the part of a head that describes the segments: one segment, or a list of the segments of languages."""
    surveys = [_survey(one) for one in counts]
    if [one.language for one in counts] == [shard.language]:
        return surveys[0]
    named = zip(counts, surveys, strict=True)
    return {
        "segments": [
            {"language": one.language, "draws": one.draws, "bytes": len(one.segment), **survey} for one, survey in named
        ],
    }


def _survey(counts: ShardCounts) -> dict[str, Any]:
    entries, occurrences, read_points = _native.survey_segment(counts.segment)
    return {"entries": entries, "occurrences": occurrences, "places": read_points, "lacking": counts.shortfall}


def _segments(shard: Shard, head: Mapping[str, Any], start: int) -> Iterator[SavedSegment]:
    """Yields the segments that a head describes; the first begins at the offset `start`."""
    of_language = {"language": shard.language, "draws": shard.draws, "bytes": 0}
    listed = head.get("segments") or [{**of_language, **head}]
    for number, one in enumerate(listed, 1):
        end = start + one["bytes"]
        yield SavedSegment(
            language=one["language"],
            draws=one["draws"],
            start=start,
            end=end if number < len(listed) else _TO_THE_END,
            entries=one["entries"],
            occurrences=one["occurrences"],
            shortfall=one["lacking"],
            read_points=tuple((offset, key) for offset, key in one["places"]),
        )
        start = end


def _checksum(head: Mapping[str, Any]) -> "hashlib._Hash":
    """Returns the hash of the head, to which the caller adds the segment."""
    return hashlib.sha256(json.dumps(head).encode() + b"\n")


def _parsed(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PartialError(f"{path}: damaged (head); {REMOVE_IT}") from error
    if not isinstance(head, dict) or not line.endswith(b"\n"):
        raise PartialError(f"{path}: damaged (head); {REMOVE_IT}")
    return head
