"""Sample result: the counts of the timed draws, merged and written as in a run, to measure the costs of a token."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.collected import RunFacts
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.shards.partial import check, save
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardCounts
from tokstats_parallel.system.clock import PhaseClock
from tokstats_parallel.system.temporary import new_temporary_folder
from tokstats_parallel.validate.timed_draws import TimedDraws


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSample:
    """Sizes and times of a sample result.

    Attributes:
        partials: Number of partials.
        entries: Number of entries in all partials.
        partial_bytes: Size of all partials, in bytes.
        tokens: Number of tokens in the result.
        json_bytes: Size of the JSON, in bytes.
        parquet_bytes: Size of the Parquet, in bytes.
        save_seconds: Seconds of saving the partials.
        check_seconds: Seconds of checking the partials.
        merge_seconds: Seconds of merging the partials.
        write_seconds: Seconds of writing the result and reading it again.
    """

    partials: int
    entries: int
    partial_bytes: int
    tokens: int
    json_bytes: int
    parquet_bytes: int
    save_seconds: float
    check_seconds: float
    merge_seconds: float
    write_seconds: float

    @property
    def seconds(self) -> float:
        """Seconds of all steps."""
        return self.save_seconds + self.check_seconds + self.merge_seconds + self.write_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """Costs of one token of the result.

    Attributes:
        seconds: Seconds to merge and write a token.
        json_bytes: Bytes of a token in the JSON file.
        parquet_bytes: Bytes of a token in the Parquet file.
        distinct_share: Number of tokens in the result over the sum of the languages' numbers of tokens.
    """

    seconds: float
    json_bytes: float
    parquet_bytes: float
    distinct_share: float

    @classmethod
    def of(cls, job: Job, timings: Mapping[str, TimedDraws]) -> Self:
        """Writes the result of the timed draws to a temporary folder, and measures the costs of its tokens.

        Raises:
            OutputError: No temporary folder can be made, or it has no room for the result.
        """
        folder = new_temporary_folder()
        try:
            written = write_sample(job, timings, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return cls(
            seconds=written.seconds / written.tokens,
            json_bytes=written.json_bytes / written.tokens,
            parquet_bytes=written.parquet_bytes / written.tokens,
            distinct_share=written.tokens / max(1, sum(timing.tokens for timing in timings.values())),
        )


def write_sample(
    job: Job, timings: Mapping[str, TimedDraws], folder: Path, *, repeats: int = 1, threads: int = 1
) -> WrittenSample:
    """Writes the result of the timed draws to a folder.

    Args:
        job: Job of the run.
        timings: Language -> timed draws of the language.
        folder: Empty folder.
        repeats: Number of partials of each language, which all have the tokens of its timed draws.
        threads: Number of threads that merge and write.

    Raises:
        OutputError: The folder has no room for the result.
    """
    clock = PhaseClock()
    saved = [
        save(
            folder,
            Shard(language, 0, number * timing.draws, timing.draws),
            [ShardCounts(language, timing.segment, 0, timing.draws)],
            job_digest="",
            fingerprint="",
        )
        for language, timing in timings.items()
        for number in range(repeats)
    ]
    clock.end("save")
    partials = [check(path, job_digest="", fingerprints={}) for path in saved]
    clock.end("check")
    batches = {name: repeats * timing.draws for name, timing in timings.items()}
    facts = RunFacts(job=job, job_digest=job.digest(), batches=batches, fingerprints={}, workers=1)
    paths = OutputPaths.of(folder / "tokens.json")
    written = merge_and_write(facts, partials, paths, spill=folder / "rows.tmp", clock=clock, threads=threads)
    clock.end("write")
    return WrittenSample(
        partials=len(partials),
        entries=sum(segment.entries for one in partials for segment in one.segments),
        partial_bytes=sum(path.stat().st_size for path in saved),
        tokens=written.totals.tokens,
        json_bytes=paths.json.stat().st_size,
        parquet_bytes=paths.parquet.stat().st_size,
        **{f"{phase}_seconds": clock.seconds[phase] for phase in ("save", "check", "merge", "write")},
    )
