"""Engines: where shards are run. Each is only `run(task, shards) -> iterator of (shard, path of its partial)`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import CorpusHandle
from tokstats_parallel.shards.plan import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that a worker needs to know to run any shard of a run.

    Attributes:
        job: The run.
        job_digest: Its digest.
        corpora: Language -> what opens its rows.
        parts: Folder for the partials.
    """

    job: Job
    job_digest: str
    corpora: Mapping[str, CorpusHandle]
    parts: Path


class Engine(Protocol):
    """Runs shards somewhere."""

    def run(self, task: Task, shards: Sequence[Shard]) -> Iterator[tuple[Shard, Path]]:
        """Runs every shard and gives each with its saved partial, in the order in which they end.

        Raises:
            WorkerError: A shard failed; the others are stopped.
        """
        ...
