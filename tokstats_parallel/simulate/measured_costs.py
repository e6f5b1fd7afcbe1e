"""Measured costs: draws, partials and a small result of the run's own data, timed on this machine."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.corpus.cache import default_cache_dir
from tokstats_parallel.errors import CorpusError, WorkerError
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.streams import batches_per_language
from tokstats_parallel.simulate.costs import Costs, StreamCosts
from tokstats_parallel.system.temporary import new_temporary_folder
from tokstats_parallel.system.workers_and_memory import choose_threads
from tokstats_parallel.validate.data import LanguageData, check_data
from tokstats_parallel.validate.measure import Measurements, measure
from tokstats_parallel.validate.run import ALL_SAMPLES_BYTES, MEASURE_SECONDS
from tokstats_parallel.validate.sample import SAMPLE_BYTES
from tokstats_parallel.validate.sample_result import WrittenSample, write_sample
from tokstats_parallel.validate.timed_draws import TimedDraws

TIMED_DRAWS = 64
"""Number of draws of each language to time; more than `validate` times, which needs less precise times."""
_REPEATS = 8  # partials of each language in the larger of the two merges that are timed


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """Job of a run, and the costs that were measured for it.

    Attributes:
        job: Job of the run.
        processes: Number of processes that drew at the same time.
        costs: Costs of the run.
    """

    job: Job
    processes: int
    costs: Costs


def measure_costs(
    request: JobRequest, *, cache_dir: Path | None, use_cache: bool, notify: Callable[[str], None]
) -> MeasuredRun:
    """Loads a job, and measures its costs with as many processes as this machine has processors for.

    Args:
        request: Config, and the values that replace values of the config.
        cache_dir: Folder of converted corpora; None for the user's cache. Nothing is converted.
        use_cache: Whether converted rows are read where they are there.
        notify: Receives notices for the user.

    Raises:
        TokstatsError: The config or the data cannot be used, or a process that draws failed.
        OSError: No temporary file can be made.
    """
    start = time.perf_counter()
    job = load_job(request, notify=notify)
    load_seconds = time.perf_counter() - start
    data = _data(job, ((cache_dir or default_cache_dir()).absolute() if use_cache else None))
    processes = choose_threads(job.num_batches)
    notify(f"measuring a few draws of each language, for at most {MEASURE_SECONDS:.0f} s")
    measured = measure(job, data, draws=TIMED_DRAWS, workers=processes, limit=MEASURE_SECONDS)
    if not measured.timings:
        raise WorkerError(
            f"a few draws of {data[0].language} took more than {MEASURE_SECONDS:.0f} s; make the pools or texts smaller"
        )
    return MeasuredRun(job=job, processes=processes, costs=_costs(job, measured, load_seconds, processes))


def _data(job: Job, cache_folder: Path | None) -> list[LanguageData]:
    """Returns the data of the languages to time, those with most batches first if each has pools of its own."""
    max_bytes = min(SAMPLE_BYTES, ALL_SAMPLES_BYTES // len(job.languages))
    found: list[LanguageData] = []
    for language in job.languages:
        check, data = check_data(job.train_directory, language.name, cache_folder=cache_folder, max_bytes=max_bytes)
        if data is None:
            raise CorpusError(f"{check.detail}; {check.remedy}")
        found.append(data)
    if job.pooling is not Pooling.SEPARATE:
        return found
    batches = batches_per_language(job)
    return sorted((one for one in found if batches[one.language]), key=lambda one: -batches[one.language])


def _costs(job: Job, measured: Measurements, load_seconds: float, threads: int) -> Costs:
    partials = _PartialCosts.measured(job, measured.timings, threads)
    names = [job.pooling.stream_name] if job.pooling.stream_name else [one.name for one in job.languages]
    timings = {name: measured.timing_of(name) for name in names}
    return Costs(
        start_seconds=load_seconds + measured.start_seconds,
        streams={
            name: StreamCosts(
                fill_seconds=one.fill_seconds * measured.slowdown,
                draw_seconds=one.draw_seconds * measured.slowdown,
                growth=one.growth,
            )
            for name, one in timings.items()
        },
        save_seconds=partials.save_seconds,
        check_seconds=partials.check_seconds,
        merge_seconds=partials.merge_seconds,
        write_seconds=partials.write_seconds,
        entry_bytes=partials.entry_bytes,
        token_bytes=partials.token_bytes,
        distinct_share=partials.distinct_share,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartialCosts:
    """Costs of partials and of a result; the attributes are as in `Costs`."""

    save_seconds: float
    check_seconds: float
    merge_seconds: float
    write_seconds: float
    entry_bytes: float
    token_bytes: float
    distinct_share: float

    @classmethod
    def measured(cls, job: Job, timings: Mapping[str, TimedDraws], threads: int) -> "_PartialCosts":
        """Merges and writes the timed draws twice, once with more partials of the same tokens."""
        few, many = (_sample(job, timings, repeats, threads) for repeats in (1, _REPEATS))
        merge_seconds = max(0.0, many.merge_seconds - few.merge_seconds) / (many.entries - few.entries)
        first_merge = max(0.0, few.merge_seconds - merge_seconds * few.entries)
        return cls(
            save_seconds=many.save_seconds / many.partials,
            check_seconds=many.check_seconds / many.partials,
            merge_seconds=merge_seconds,
            write_seconds=(first_merge + few.write_seconds) / few.tokens,
            entry_bytes=few.partial_bytes / few.entries,
            token_bytes=(few.json_bytes + few.parquet_bytes) / few.tokens,
            distinct_share=few.tokens / sum(timing.tokens for timing in timings.values()),
        )


def _sample(job: Job, timings: Mapping[str, TimedDraws], repeats: int, threads: int) -> WrittenSample:
    folder = new_temporary_folder()
    try:
        return write_sample(job, timings, folder, repeats=repeats, threads=threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
