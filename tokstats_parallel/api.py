"""Python interface: the functions of the package that other programs call.

The functions print nothing unless they are asked to, and raise `TokstatsError` if the command would print an error.
Worker processes run no code of the caller, so a caller may be a script without `if __name__ == "__main__":`, a
notebook, a thread, a test, or a daemonic process. A Ctrl-C ends the workers and is raised as KeyboardInterrupt.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from types import MappingProxyType

from tokstats_parallel.batch_tokenizer.same_run import require_same_run
from tokstats_parallel.batch_tokenizer.series import BatchSeries
from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
from tokstats_parallel.config import load
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.request import JobRequest, NumBatches
from tokstats_parallel.config.settings import MAX_COUNT
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.notebook import TokenStats
from tokstats_parallel.run.collect_config import collect_config
from tokstats_parallel.run.make_engine import engine_maker
from tokstats_parallel.system.standard_streams import open_closed_descriptors
from tokstats_parallel.system.temporary import new_temporary_folder
from tokstats_parallel.system.working_folder import require_working_folder

StrPath = str | os.PathLike[str]
_NO_SETTINGS: Mapping[str, object] = MappingProxyType({})


def collect(
    config: StrPath,
    output_file: StrPath | None = None,
    *,
    num_batches: NumBatches = 1000,
    workers: int | str = "auto",
    seed: int | None = None,
    set: Mapping[str, object] = _NO_SETTINGS,  # noqa: A002 - as the command has it
    special_tokens: str | None = None,
    eos_token: str | None = None,
    language_counts: StrPath | None = None,
    cache_dir: StrPath | None = None,
    use_cache: bool = True,
    work_dir: StrPath | None = None,
    keep_work: bool = False,
    fresh: bool = False,
    min_count: int = 1,
    engine: str = "local",
    scheduler: str | None = None,
    progress: bool = False,
) -> TokenStats:
    """Collects token frequencies as `tokstats collect` does: draws batches, counts the tokens of their vocabularies.

    Args:
        config: The training's config file (JSON).
        output_file: JSON file of the result; a Parquet file and a manifest are written beside it. If None, the result
            is in a temporary folder, which is removed with the returned object; a run that fails then keeps no finished
            shards unless `work_dir` is given.
        num_batches: Number of batches to draw, or `training` for as many as the config's training draws.
        workers: Worker processes, or `auto`: as many as CPUs and memory allow. It never changes the result.
        seed: Seed of the job; None takes the config's seed.
        set: Setting -> value that replaces the config's value, such as `{"n_pools": 2}`.
        special_tokens: Special tokens, separated by commas; None takes the special tokens of the reference tokenizer.
        eos_token: End-of-sequence string, empty for none; None takes the eos token of the reference tokenizer.
        language_counts: CSV of pages by language (`lang_code,n_pages`), to weigh languages that `langs` names without
            weights; None takes the training's, `data/madlad400_metadata.csv`, if it is found.
        cache_dir: Folder for converted corpora; None takes the user's cache.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        work_dir: Folder for finished shards; None takes the folder beside the output.
        keep_work: Whether to keep the finished shards after the run; a longer run of the same job begins with them.
        fresh: Whether to remove the shards that an earlier run has left, instead of using them.
        min_count: Least count of a sampled token in the result; the manifest counts the rarer ones.
        engine: Engine that runs the shards, `local` or `dask`. It never changes the result.
        scheduler: Address of the Dask scheduler; None starts a cluster on this machine, which ends with the run.
        progress: Whether to show notices and a progress bar on stderr.

    Raises:
        ConfigError: The config or an argument cannot be used.
        CorpusError: The data of a language is missing or unusable.
        WorkerError: A worker failed, or died at one shard again and again; finished shards are kept.
        OutputError: The result or the shards cannot be written, another run is writing them, or the result would
            replace a file that this program did not write.
        ResumeError: The work folder holds shards of another job.
    """
    open_closed_descriptors()  # the caller may have closed them
    request = _request(
        config,
        num_batches,
        seed,
        set,
        special_tokens=special_tokens,
        eos_token=eos_token,
        language_counts=language_counts,
    )
    with _output(output_file, keep_work=keep_work and work_dir is None) as (path, folder):
        with open_progress(quiet=not progress, progress=progress) as observer:
            collected = collect_config(
                request,
                make_engine=engine_maker(engine, workers=str(workers), scheduler=scheduler),
                output_file=path,
                work_dir=_path_or_none(work_dir),
                cache_dir=_path_or_none(cache_dir),
                use_cache=use_cache,
                keep_work=keep_work,
                fresh=fresh,
                min_count=min_count,
                observer=observer,
            )
        stats = TokenStats.of(collected.output)
        return stats.owning(folder) if folder else stats


def load_job(
    config: StrPath,
    *,
    num_batches: NumBatches = 1000,
    seed: int | None = None,
    set: Mapping[str, object] = _NO_SETTINGS,  # noqa: A002 - as the command has it
    special_tokens: str | None = None,
    eos_token: str | None = None,
    language_counts: StrPath | None = None,
) -> Job:
    """Loads the job that `collect` would run, with all parameters checked; arguments are as for `collect`.

    Raises:
        ConfigError: The config or an argument cannot be used.
        CorpusError: A language has no data.
    """
    request = _request(
        config,
        num_batches,
        seed,
        set,
        special_tokens=special_tokens,
        eos_token=eos_token,
        language_counts=language_counts,
    )
    return load.load_job(request, notify=lambda _line: None)


def vocabulary(
    config: StrPath,
    batch: int,
    *,
    seed: int | None = None,
    set: Mapping[str, object] = _NO_SETTINGS,  # noqa: A002 - as the command has it
    special_tokens: str | None = None,
    eos_token: str | None = None,
    language_counts: StrPath | None = None,
    cache_dir: StrPath | None = None,
    use_cache: bool = True,
    result: StrPath | None = None,
) -> BatchTokenizer:
    """Makes the tokenizer of a batch, as the training would have built it; no run is needed.

    Its pieces are those that `collect` counts for this batch. `tokstats vocabulary` writes it to a folder.

    Args:
        config: The training's config file (JSON).
        batch: Number of the batch, from 0.
        seed: As for `collect`, like all that follow.
        set: Setting -> value.
        special_tokens: Special tokens.
        eos_token: End-of-sequence string.
        language_counts: CSV of pages by language.
        cache_dir: Folder for converted corpora.
        use_cache: Whether corpora are converted into the cache.
        result: File or folder of a result; the batch must be of its run, with the same settings, seed and data.

    Raises:
        ConfigError: The config or an argument cannot be used.
        CorpusError: The data of a language is missing or unusable.
    """
    if not (isinstance(batch, Integral) and 0 <= batch < MAX_COUNT):  # numpy's, too
        raise ConfigError(f"batch must be a whole number from 0 to {MAX_COUNT - 1} (found {batch!r})")
    request = _request(
        config,
        1,
        seed,
        set,
        special_tokens=special_tokens,
        eos_token=eos_token,
        language_counts=language_counts,
    )
    with open_progress(quiet=True, progress=False) as observer:
        series = BatchSeries.open(
            request, [int(batch)], cache_dir=_path_or_none(cache_dir), use_cache=use_cache, observer=observer
        )
        if result is not None:
            require_same_run(series, _path(result))
        return next(iter(series))


def write_report(
    result: StrPath | TokenStats,
    other: StrPath | TokenStats | None = None,
    output_file: StrPath = "report.html",
    *,
    tokenizers: Sequence[str] = (),
    data_dir: StrPath | None = None,
    force: bool = False,
) -> Path:
    """Writes one page about a result, or about two, as `tokstats report` does; returns its absolute path.

    Args:
        result: Result, or any of its files, or its folder.
        other: Another result, with which the page compares the first one.
        output_file: HTML file of the page.
        tokenizers: Tokenizers whose coverage the page shows: names on the hub, folders or files.
        data_dir: Folder for the numbers of all tables as CSV, and for all drawings as SVG.
        force: Whether to replace a file that is there, and to write into a folder that is not empty.

    Raises:
        ResultError: There is no result, or a file of it is damaged.
        ConfigError: A tokenizer cannot be used.
        OutputError: The page cannot be written, or something is there already and `force` is not given.
    """
    from tokstats_parallel.report.files import ReportPlaces  # noqa: PLC0415 - only pages need the library of templates
    from tokstats_parallel.report.write_report import write_report as write  # noqa: PLC0415 - as above

    places = ReportPlaces(_path(output_file), _path_or_none(data_dir), force=force)
    write(_opened(result), None if other is None else _opened(other), tokenizers, places)
    return _path(output_file).absolute()


@contextmanager
def _output(output_file: StrPath | None, *, keep_work: bool) -> Iterator[tuple[Path, Path | None]]:
    """Yields the path of the JSON file, and its folder if this is a temporary one. An error removes the folder."""
    if output_file is not None:
        yield _path(output_file), None
        return
    if keep_work:
        raise ConfigError("keep_work needs a place: give output_file or work_dir")
    folder = new_temporary_folder()
    try:
        yield folder / "token_frequencies.json", folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _opened(result: StrPath | TokenStats) -> TokenStats:
    return result if isinstance(result, TokenStats) else TokenStats.load(_path(result))


def _path(path: StrPath) -> Path:
    """Returns an argument as a path.

    Raises:
        ConfigError: The argument has a NUL character, for which every function of the system raises ValueError.
    """
    given = Path(path)
    if "\0" in str(given):
        raise ConfigError(f"{str(given)!r}: has a NUL character, which no path has; correct it")
    return given


def _path_or_none(path: StrPath | None) -> Path | None:
    return None if path is None else _path(path)


def _request(
    config: StrPath,
    num_batches: NumBatches,
    seed: int | None,
    settings: Mapping[str, object],
    *,
    special_tokens: str | None,
    eos_token: str | None,
    language_counts: StrPath | None,
) -> JobRequest:
    require_working_folder()
    return JobRequest(
        config=_path(config),
        num_batches=num_batches,
        seed=seed,
        assignments=tuple(f"{key}={_json(key, value)}" for key, value in settings.items()),
        special_tokens=special_tokens,
        eos_token=eos_token,
        language_counts=_path_or_none(language_counts),
    )


def _json(key: str, value: object) -> str:
    try:
        return json.dumps(value, default=os.fspath)
    except TypeError as error:
        raise ConfigError(f"set: {key}: must be a value that JSON has (found {value!r})") from error
