"""`tokstats collect`: config and options -> job -> coordinator -> summary.

Everything typed is checked before the output's folder, and that before the corpora. Nothing is written to the output
before the run has ended well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config import load_job
from tokstats_parallel.console import stdout_console
from tokstats_parallel.coordinator import collect
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.plan import plan
from tokstats_parallel.progress import open_progress
from tokstats_parallel.resources import choose_workers, parse_workers
from tokstats_parallel.results import OutputPaths
from tokstats_parallel.summary import Summary, print_summary


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectRequest:
    """What was asked for, as it was typed; the help of `tokstats collect` says what each means."""

    config: Path
    num_batches: int
    output_file: Path
    workers: str
    seed: int | None
    assignments: tuple[str, ...]
    special_tokens: str | None
    eos_token: str | None
    cache_dir: Path | None
    no_cache: bool
    quiet: bool
    json: bool
    no_progress: bool


def run_collect(request: CollectRequest) -> int:
    """Does it, and prints the summary.

    Returns:
        The exit code.

    Raises:
        TokstatsError: It cannot be done; the line says why.
    """
    workers = parse_workers(request.workers)
    overrides = parse_assignments(request.assignments)
    with open_progress(quiet=request.quiet, progress=not request.no_progress) as observer:
        job = load_job(
            request.config,
            num_batches=request.num_batches,
            seed=request.seed,
            overrides=overrides,
            special_tokens=request.special_tokens,
            eos_token=request.eos_token,
            notify=observer.note,
        )
        paths = OutputPaths.of(request.output_file)
        paths.spare([request.config])
        chosen = choose_workers(workers, shards=len(plan(job)))
        observer.note(chosen.reason)
        collected = collect(
            job,
            workers=chosen.count,
            observer=observer,
            notify=observer.note,
            output=paths,
            cache_dir=request.cache_dir,
            use_cache=not request.no_cache,
        )
    _print(Summary.of(collected, paths), request)
    return 0


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Key -> value of every `key=value`.

    Raises:
        ConfigError: One has no key, no `=`, or a key that was there before.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        key = key.strip()
        if not key or not equals:
            raise ConfigError(f"--set {assignment!r}: must be key=value, such as --set n_pools=2")
        if key in values:
            raise ConfigError(f"--set {key}: was set twice; set it once")
        values[key] = value
    return values


def _print(summary: Summary, request: CollectRequest) -> None:
    console = stdout_console()
    if request.json:
        console.put(summary.to_json())
    elif not request.quiet:
        print_summary(summary, console)
