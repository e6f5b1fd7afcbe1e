"""Checks of the machine: output, work folder, cache, disk space, workers and memory."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.cache import default_cache_dir
from tokstats_parallel.errors import ConfigError, CorpusError, OutputError, ResumeError, reason
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run import saved_shards
from tokstats_parallel.system.wording import counted, size_text
from tokstats_parallel.system.workers_and_memory import (
    WORKER_BYTES,
    Workers,
    choose_workers,
    measure_free_memory,
    parse_workers,
)
from tokstats_parallel.validate.check import Check, failed, failed_by, ok, skipped, warning
from tokstats_parallel.validate.data import LanguageData
from tokstats_parallel.validate.estimate import Estimate
from tokstats_parallel.validate.request import ValidationRequest

SPACE_MARGIN = 1.5  # free disk space over the estimated need below which a check warns


def check_workers(request: ValidationRequest, shards: int | None) -> tuple[Check, Workers | None]:
    """Checks the option for workers, and chooses the number of worker processes.

    Args:
        request: Options of the run.
        shards: Number of shards of the run if its workers are as many as it can use; None if the job is not known.

    Returns:
        The check, and the chosen number with its reason; None if the option is wrong or the job is not known.
    """
    name = "workers"
    try:
        requested = parse_workers(request.workers)
    except ConfigError as error:
        return failed_by(name, error), None
    if shards is None:
        return skipped(name, "the run's shards are not known"), None
    chosen = choose_workers(requested, shards=shards)
    return ok(name, chosen.reason.removeprefix("workers: ")), chosen


def check_memory(workers: int, estimate: Estimate | None) -> Check:
    """Checks that `workers` worker processes fit into the free memory; None for `estimate` assumes a usual worker."""
    each = estimate.worker_bytes if estimate else WORKER_BYTES
    free, needed = measure_free_memory(), workers * each
    source = "estimated at" if estimate else "allowed"
    detail = f"workers: {workers}, each {source} {size_text(each)}; {size_text(free)} free"
    if needed <= free:
        return ok("memory", detail)
    remedy = f"use --workers {max(1, free // each)}, or free memory"
    if estimate and each > free:
        return failed("memory", detail, remedy)
    return warning("memory", f"{detail}: a run would go on with fewer workers", remedy)


def check_output(request: ValidationRequest, estimate: Estimate | None, data: Sequence[LanguageData]) -> Check:
    """Checks that the result can be written and replaces no file of others, and that the disk has room for it."""
    name = "output"
    try:
        paths = OutputPaths.of(request.output_file, request.work_dir)
        paths.refuse_inputs([request.job.config, *(entry.path for entry in data)])
        paths.check_writable()
    except OutputError as error:
        return failed_by(name, error)
    folder = paths.json.parent
    detail = f"{paths.json} {'will be replaced' if paths.json.exists() else 'can be written'}"
    if estimate is None:
        return ok(name, f"{detail}, {size_text(_free_disk(folder))} free")
    needed, remedy = estimate.disk_bytes, "make room, or choose another --output-file"
    if work := _other_disk(paths.work, folder):
        needed -= estimate.partial_bytes
        if _free_disk(work) < estimate.partial_bytes:
            return _check_space(
                name, f"{paths.work}", work, estimate.partial_bytes, "make room, or choose another --work-dir"
            )
    return _check_space(name, detail, folder, needed, remedy)


def check_work(request: ValidationRequest, job: Job | None, data: Sequence[LanguageData]) -> Check:
    """Checks that a run of `job` may use the work folder; `job` is None if the config or the data cannot be used."""
    name = "work folder"
    try:
        paths = OutputPaths.of(request.output_file, request.work_dir)
        paths.check_writable()
    except OutputError:
        return skipped(name, "the output cannot be used")
    fingerprints = {entry.language: entry.handle.fingerprint for entry in data if entry.handle}
    try:
        for guard in paths.guards:
            saved_shards.inspect(guard, None, {})
        shards = saved_shards.inspect(paths.work, job, fingerprints)
    except (OutputError, ResumeError) as error:
        return failed_by(name, error)
    except OSError as error:
        return failed(name, f"{paths.work}: cannot be read ({reason(error)})", "choose another with --work-dir DIR")
    saved = f"has {counted(shards, 'saved shard')}, a run goes on from there" if shards else "nothing is saved there"
    return ok(name, f"{paths.work}: {saved}")


def check_cache(request: ValidationRequest, data: Sequence[LanguageData]) -> Check:
    """Checks that the cache folder can be written, and that the disk has room for the corpora to convert.

    A folder that has all rows is only read by a run, so nothing else is asked of it.
    """
    name = "cache"
    try:
        folder = cache_folder(request)
    except CorpusError as error:
        return failed_by(name, error)
    if folder is None:
        held = sum(entry.text_bytes for entry in data)
        return ok(name, f"not used: every process holds all rows in memory, {size_text(held)}")
    if fault := next((entry.cache_fault for entry in data if entry.cache_fault), None):
        return failed_by(name, fault)
    if data and all(entry.handle for entry in data):
        return ok(name, f"{folder}: has the rows of all languages")
    existing = next(ancestor for ancestor in (folder, *folder.parents) if ancestor.exists())
    try:
        # An attempt is the only test that is valid for every file system and user.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        remedy = "choose another with --cache-dir DIR, or do without it with --no-cache"
        return failed(name, f"{folder}: cannot be written ({reason(error)})", remedy)
    needed = sum(entry.bytes_to_convert for entry in data)
    return _check_space(name, str(folder), existing, needed, "make room, or choose another with --cache-dir DIR")


def cache_folder(request: ValidationRequest) -> Path | None:
    """Returns the absolute path of the cache folder; None if no cache is used.

    Raises:
        CorpusError: The options name no cache folder, and the user has no home folder.
    """
    return (request.cache_dir or default_cache_dir()).absolute() if request.use_cache else None


def _check_space(name: str, detail: str, folder: Path, needed: int, remedy: str) -> Check:
    free = _free_disk(folder)
    detail = f"{detail}; about {size_text(needed)} needed, {size_text(free)} free"
    if needed > free:
        return failed(name, detail, remedy)
    return warning(name, detail, remedy) if needed * SPACE_MARGIN > free else ok(name, detail)


def _other_disk(work: Path, folder: Path) -> Path | None:
    """Returns the folder whose disk holds the work folder, if that is another disk than the output's; else None."""
    existing = work if work.is_dir() else work.parent
    return existing if existing.is_dir() and existing.stat().st_dev != folder.stat().st_dev else None


def _free_disk(folder: Path) -> int:
    return shutil.disk_usage(folder).free
