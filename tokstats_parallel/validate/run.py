"""`validate`: makes all checks, each after the checks whose results it needs."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.check import CheckedConfig
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import make_job
from tokstats_parallel.errors import CorpusError, OutputError, TokstatsError, reason
from tokstats_parallel.run.passes import texts_in_pool
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.plan import count_shards
from tokstats_parallel.system.temporary import REMEDY as TEMPORARY_REMEDY
from tokstats_parallel.system.wording import duration, size_text
from tokstats_parallel.system.workers_and_memory import choose_threads
from tokstats_parallel.validate.check import Check, CheckStatus, failed_by, ok, skipped, warning
from tokstats_parallel.validate.data import LanguageData, check_amount, check_data, check_lengths, check_passes
from tokstats_parallel.validate.estimate import Estimate, ScaledPlan, estimate, first_batches
from tokstats_parallel.validate.machine import (
    cache_folder,
    check_cache,
    check_memory,
    check_output,
    check_work,
    check_workers,
)
from tokstats_parallel.validate.marked_words import check_words
from tokstats_parallel.validate.measure import DRAWS, measure
from tokstats_parallel.validate.request import ValidationRequest
from tokstats_parallel.validate.sample import SAMPLE_BYTES
from tokstats_parallel.validate.setup import check_languages, check_program, check_settings, check_tokenizer

_CHECKING_THREADS = 8
"""Maximum number of threads that check the text of a cache file, as in a run of many workers."""
MEASURE_SECONDS = 20.0
ALL_SAMPLES_BYTES = 8 * SAMPLE_BYTES
"""Maximum size of all samples together in bytes, because all samples are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Result of `validate`.

    Attributes:
        config: Path of the config, as typed.
        checks: Checks, in the order in which the user reads them.
        data: Data of the languages whose data can be used.
        estimate: Estimate of the run; None if a check that it needs failed, or if it was not asked for.
    """

    config: Path
    checks: tuple[Check, ...]
    data: tuple[LanguageData, ...] = ()
    estimate: Estimate | None = None

    @property
    def failures(self) -> int:
        """Number of failed checks."""
        return sum(check.status is CheckStatus.FAILED for check in self.checks)


def validate(request: ValidationRequest, *, notify: Callable[[str], None]) -> ValidationReport:
    """Makes all checks that can be made, and estimates the costs of the run.

    Args:
        request: Config and options of the run.
        notify: Called with one line for the user before the draws are timed, because that takes seconds.
    """
    checks, config = check_settings(request.job)
    checks = [check_program(), *checks]
    if config is None:
        why = "not looked at, since the config cannot be used"
        others = [skipped(name, why) for name in ("languages", "tokenizer", "data", "memory", "time")]
        alone = [
            check_cache(request, ()),
            check_output(request, None, ()),
            check_work(request, None, ()),
            check_workers(request, None)[0],
        ]
        return ValidationReport(request.job.config, (*checks, *others, *alone))
    start = time.perf_counter()
    tokenizer, reference = check_tokenizer(config)
    setup_seconds = time.perf_counter() - start
    found, data = _check_all_data(config, request)
    job = make_job(config, reference) if reference and len(data) == len(config.languages) else None
    checks += [check_languages(config), tokenizer, *found, *([check_passes(job, data)] if job else [])]
    after, expected = _check_run(request, job, data, setup_seconds, notify)
    return ValidationReport(request.job.config, (*checks, *after), tuple(data), expected)


def _check_all_data(config: CheckedConfig, request: ValidationRequest) -> tuple[list[Check], list[LanguageData]]:
    checks: list[Check] = []
    usable: list[LanguageData] = []
    settings = config.settings
    rule = settings.text_rule("")
    pool_texts = texts_in_pool(config.languages, settings.pooling(), settings.pool_size())
    folder = None
    with suppress(CorpusError):  # there is no cache folder; `check_cache` reports it
        folder = cache_folder(request)
    threads = choose_threads(_CHECKING_THREADS)
    max_bytes = min(SAMPLE_BYTES, ALL_SAMPLES_BYTES // len(config.languages))
    for language in config.languages:
        check, data = check_data(
            config.train_directory, language.name, cache_folder=folder, max_bytes=max_bytes, threads=threads
        )
        checks.append(check)
        if data:
            text = check_lengths(data, span=rule.span, pack=rule.pack)
            words = check_words(data)
            checks += [check_amount(data, pool_texts[language.name]), text, *([words] if words else [])]
            if text.status is not CheckStatus.FAILED:
                usable.append(data)
    return checks, usable


def _check_run(
    request: ValidationRequest,
    job: Job | None,
    data: Sequence[LanguageData],
    setup_seconds: float,
    notify: Callable[[str], None],
) -> tuple[list[Check], Estimate | None]:
    """Makes the checks that need the job, or as much of each as is possible if `job` is None; estimates the run."""
    workers, chosen = check_workers(request, count_shards(first_batches(job)) if job else None)
    expected = None
    time_check = skipped("time", "not looked at, as --quick asks" if request.quick else "needs what failed above")
    if job and chosen and not request.quick:
        notify(f"measuring a few draws of each language, for at most {MEASURE_SECONDS:.0f} s")
        expected, time_check = _check_time(
            job, data, chosen.count, setup_seconds=setup_seconds, cached=request.use_cache
        )
    memory = [check_memory(chosen.count, expected)] if chosen else []
    folders = [check_cache(request, data), check_output(request, expected, data), check_work(request, job, data)]
    return [*folders, workers, *memory, time_check], expected


def _check_time(
    job: Job,
    data: Sequence[LanguageData],
    workers: int,
    *,
    setup_seconds: float,
    cached: bool,
) -> tuple[Estimate | None, Check]:
    """Times a few draws, and estimates the run from their times; the estimate is None if the draws cannot be timed."""
    planned = ScaledPlan.of(job, workers)
    draws = planned.draws()
    ordered = data
    if job.pooling is Pooling.SEPARATE:
        drawn = (entry for entry in data if entry.language in draws)
        ordered = sorted(drawn, key=lambda entry: -draws[entry.language])
    longest = planned.shards[0].draws
    try:
        measured = measure(job, ordered, draws=min(longest, DRAWS), workers=workers, limit=MEASURE_SECONDS)
        if not measured.timings:
            detail = f"a few draws of {ordered[0].language} took more than {MEASURE_SECONDS:.0f} s"
            return None, warning("time", detail, "expect a long run, or make the pools or texts smaller")
        expected = estimate(
            job,
            planned,
            measured,
            workers=workers,
            setup_seconds=setup_seconds,
            read_seconds=sum(entry.seconds_to_read for entry in data if not entry.handle),
            held_bytes=0 if cached else sum(entry.text_bytes for entry in data),
        )
    except OutputError as error:  # about a temporary file, which a run does without
        return None, warning("time", f"cannot be measured: {str(error).partition(';')[0]}", TEMPORARY_REMEDY)
    except TokstatsError as error:
        return None, failed_by("time", error)
    except OSError as error:
        return None, warning("time", f"cannot be measured ({reason(error)})", TEMPORARY_REMEDY)
    return expected, ok("time", _described(expected))


def _described(expected: Estimate) -> str:
    phases = {
        "to start": expected.start_seconds,
        "to convert": expected.convert_seconds,
        "to draw": expected.draw_seconds,
        "to write": expected.write_seconds,
    }
    listed = ", ".join(f"{duration(seconds)} {phase}" for phase, seconds in phases.items())
    return (
        f"an estimate: {duration(expected.seconds)} ({listed}; workers: {expected.workers}); "
        f"{expected.tokens:,} tokens, JSON {size_text(expected.json_bytes)}, "
        f"Parquet {size_text(expected.parquet_bytes)}, partials {size_text(expected.partial_bytes)}"
    )
