"""Protocol of all engines, and the setup that every worker of a run receives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.streams import fingerprints_of_streams, languages_of_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSetup:
    """Data that a worker needs to run any shard of a run; picklable.

    Attributes:
        job: Job of the run.
        job_digest: Digest of the job, which every partial holds.
        corpora: Language -> handle that opens the language's corpus.
        partials_folder: Folder for the partials; engine and coordinator see the same files in this folder.
        use: Use of the corpora by the run.
        writer: Name of this process among all that may write partials into the folder; empty if no other process may.
    """

    job: Job
    job_digest: str
    corpora: Mapping[str, CorpusHandle]
    partials_folder: Path
    use: CorpusUse = field(default_factory=CorpusUse)
    writer: str = ""

    def languages(self, shard: Shard) -> list[str]:
        """Returns the names of the languages whose corpora a shard needs, in the order in which it takes them."""
        return [language.name for language in languages_of_stream(self.job, shard.language)]

    def fingerprint(self, shard: Shard) -> str:
        """Returns the fingerprint of the rows of a shard's stream."""
        return self.fingerprints()[shard.language]

    def fingerprints(self) -> dict[str, str]:
        """Returns the fingerprint of the rows of every stream, by the stream's name."""
        fingerprints = {language: handle.fingerprint for language, handle in self.corpora.items()}
        return fingerprints_of_streams(self.job, fingerprints)


class Engine(Protocol):
    """Engine that executes the shards of one run, used as a context manager.

    Invariants of every engine: `shards.partial.save` writes each partial. When the block of the context manager ends,
    in whatever way, nothing of the run is executed any more, and no partial appears later, unless `shares_folder` is
    true.
    """

    @property
    def shares_folder(self) -> bool:
        """Tells whether tasks that do not end with the coordinator may write partials into the folder at any time."""
        ...

    @property
    def workers(self) -> int:
        """Number of shards that the engine executes at a time, at least 1."""
        ...

    def __enter__(self) -> Self:
        """Starts the workers, as far as workers can start without a setup.

        Raises:
            WorkerError: The workers cannot be started.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Ends the workers."""
        ...

    def run(self, setup: RunSetup, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        """Executes every shard, and yields each finished shard with the path of its partial as soon as it is finished.

        Args:
            setup: Setup of the run.
            shards: Shards that do not overlap, the longest first.
            observer: Receives the workers' process ids and notes; the caller reports finished shards.

        Raises:
            WorkerError: A shard failed; all other shards are stopped.
        """
        ...
