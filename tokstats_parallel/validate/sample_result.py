"""Sample result: the counts of the timed draws, merged and written as in a run, to measure the costs of a token."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
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
        start = time.perf_counter()
        batches = {name: timing.draws for name, timing in timings.items()}
        folder = new_temporary_folder()
        try:
            paths = OutputPaths.of(folder / "tokens.json")
            saved = [
                save(
                    folder,
                    Shard(language, 0, 0, timing.draws),
                    [ShardCounts(language, timing.segment, 0, timing.draws)],
                    job_digest="",
                    fingerprint="",
                )
                for language, timing in timings.items()
            ]
            partials = [check(path, job_digest="", fingerprints={}) for path in saved]
            facts = RunFacts(job=job, job_digest=job.digest(), batches=batches, fingerprints={}, workers=1)
            written = merge_and_write(facts, partials, paths, spill=folder / "rows.tmp", clock=PhaseClock())
            tokens = written.totals.tokens
            return cls(
                seconds=(time.perf_counter() - start) / tokens,
                json_bytes=paths.json.stat().st_size / tokens,
                parquet_bytes=paths.parquet.stat().st_size / tokens,
                distinct_share=tokens / max(1, sum(timing.tokens for timing in timings.values())),
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
