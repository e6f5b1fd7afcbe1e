"""Partials: what shards found, as values that add up and as files that can be trusted.

Partials are a commutative monoid over disjoint sets of shards: `Partial()` is neutral, the order of additions does
not matter, and adding a shard twice is an error, so a sum counts every draw once.

A file begins with one line of JSON (format, job digest, corpus fingerprint, shard, and a checksum of all this and the
rest); the rest is the shard's run. It gets its name, which is the shard's, when it is whole. What does not fit is
refused by name.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.atomic import replacing
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.plan import Shard

FORMAT = 1
SUFFIX = ".partial"


class PartialError(TokstatsError):
    """A partial file is damaged or belongs to another run."""


@dataclass(frozen=True, slots=True)
class Partial:
    """The counts of some shards.

    Attributes:
        shards: Which ones.
        runs: Language -> sorted run of (substring, number of vocabularies that held it).
    """

    shards: frozenset[Shard] = frozenset()
    runs: Mapping[str, bytes] = field(default_factory=dict)

    def __add__(self, other: "Partial") -> "Partial":
        """Adds the counts of disjoint sets of shards.

        Raises:
            ValueError: A shard is in both.
        """
        return total((self, other))


def total(partials: Iterable[Partial]) -> Partial:
    """The sum of partials, in one merge for each language.

    Raises:
        ValueError: A shard is in two of them.
    """
    shards: set[Shard] = set()
    runs: dict[str, list[bytes]] = {}
    for partial in partials:
        if twice := shards & partial.shards:
            raise ValueError(f"shard {min(twice)} is counted twice")
        shards |= partial.shards
        for language, run in partial.runs.items():
            runs.setdefault(language, []).append(run)
    merged = {name: _native.merge_runs(parts) if len(parts) > 1 else parts[0] for name, parts in runs.items()}
    return Partial(frozenset(shards), merged)


def save(folder: Path, shard: Shard, run: bytes, *, job_digest: str, fingerprint: str) -> Path:
    """Writes a shard's run into `folder`; when this returns, the file is on the disk and has its name.

    Raises:
        OSError: The file cannot be written.
    """
    path = folder / f"{shard}{SUFFIX}"
    head = _head(shard, job_digest, fingerprint)
    head["sha256"] = _checksum(head, run)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.write(run)
    return path


def load(path: Path, *, job_digest: str, fingerprints: Mapping[str, str]) -> Partial:
    """Reads a partial of the run with this digest over the corpora with these fingerprints (by language).

    Raises:
        PartialError: The file is damaged, or belongs to another run.
        OSError: The file cannot be read.
    """
    line, _, run = path.read_bytes().partition(b"\n")
    head = _parsed(path, line)
    checksum = head.pop("sha256", None)
    if checksum != _checksum(head, run):
        raise PartialError(f"{path}: damaged (checksum); remove it and run again")
    shard = Shard(**head["shard"])
    expected = _head(shard, job_digest, fingerprints.get(shard.language, ""))
    if different := [key for key, value in expected.items() if head.get(key) != value]:
        raise PartialError(f"{path}: belongs to another run (other {', '.join(different)}); remove it")
    if path.name != f"{shard}{SUFFIX}":
        raise PartialError(f"{path}: holds shard {shard}; remove it and run again")
    return Partial(frozenset({shard}), {shard.language: run})


def _head(shard: Shard, job_digest: str, fingerprint: str) -> dict[str, Any]:
    return {"format": FORMAT, "job": job_digest, "corpus": fingerprint, "shard": asdict(shard)}


def _checksum(head: Mapping[str, Any], run: bytes) -> str:
    return hashlib.sha256(json.dumps(head).encode() + b"\n" + run).hexdigest()


def _parsed(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError as error:
        raise PartialError(f"{path}: damaged (head); remove it and run again") from error
    if not isinstance(head, dict):
        raise PartialError(f"{path}: damaged (head); remove it and run again")
    return head
