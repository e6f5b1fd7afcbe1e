"""The result of the measured draws, merged and written as that of a run, to see what a token costs."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.collected import RunFacts
from tokstats_parallel.results.finish import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.shards.partial import check, save
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.clock import PhaseClock
from tokstats_parallel.validate.timed_draws import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What a token of the result costs.

    Attributes:
        seconds: To merge and write it.
        json_bytes: In the JSON.
        parquet_bytes: In the Parquet.
        shared: The number of tokens over the sum of the languages' numbers.
    """

    seconds: float
    json_bytes: float
    parquet_bytes: float
    shared: float

    @classmethod
    def of(cls, job: Job, timings: Mapping[str, Timing]) -> Self:
        """Writes the measured draws' result to a temporary folder.

        Raises:
            OSError: There is no such folder.
            OutputError: There is no room in it.
        """
        start = time.perf_counter()
        batches = {name: timing.draws for name, timing in timings.items()}
        with tempfile.TemporaryDirectory(prefix="tokstats-") as name:
            folder = Path(name)
            paths = OutputPaths.of(folder / "tokens.json")
            saved = [
                save(folder, Shard(name, 0, 0, timing.draws), timing.run, job_digest="", fingerprint="")
                for name, timing in timings.items()
            ]
            partials = [check(path, job_digest="", fingerprints={}) for path in saved]
            facts = RunFacts(job=job, batches=batches, fingerprints={}, workers=1)
            written = merge_and_write(facts, partials, paths, spill=folder / "rows.tmp", clock=PhaseClock())
            tokens = written.totals.tokens
            return cls(
                seconds=(time.perf_counter() - start) / tokens,
                json_bytes=paths.json.stat().st_size / tokens,
                parquet_bytes=paths.parquet.stat().st_size / tokens,
                shared=tokens / max(1, sum(timing.tokens for timing in timings.values())),
            )
