"""`tokstats vocabulary`: writes the tokenizers of single batches, as the training would have built them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tokstats_parallel.batch_tokenizer.folder import check_folder, write_folder
from tokstats_parallel.batch_tokenizer.same_run import require_same_run
from tokstats_parallel.batch_tokenizer.series import BatchSeries
from tokstats_parallel.batch_tokenizer.text_statistics import TextStatistics, text_statistics, total
from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
from tokstats_parallel.commands.options import VocabularyOptions
from tokstats_parallel.config.settings import MAX_COUNT
from tokstats_parallel.display.console import excuse_stdout, require_stdout, stdout_console, take_stdout_failure
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.errors import ConfigError, OutputError
from tokstats_parallel.system.file_names import json_values

SCHEMA_VERSION = 1

_RANGE = re.compile(r"(\d+):(\d+)(?::(\d+))?")
_MOST_BATCHES = 1_000_000
"""Largest number of batches of one command; their folders would fill some terabytes."""
_MOST_LISTED = 3


def run_vocabulary(config: Path, options: VocabularyOptions) -> int:
    """Writes the tokenizers of the batches that the options name, and prints a line for each.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The config or an option cannot be used, or a folder cannot be written.
    """
    folders = _folders(options)
    if options.json:
        require_stdout("--json")
    for folder in folders.values():
        check_folder(folder)
    with open_progress(quiet=False, progress=True) as observer:
        series = BatchSeries.open(
            options.job_request(config),
            list(folders),
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            observer=observer,
        )
        if options.result:
            require_same_run(series, options.result)
    console = stdout_console()
    written: list[dict[str, object]] = []
    for number, batch in enumerate(series):
        folder = folders[batch.batch]
        files = write_folder(batch, folder, with_texts=options.texts)
        statistics = text_statistics(batch) if options.stats else None
        if number == 0 and (line := _moved(batch)):
            observer.note(line)
        written.append(_as_json(batch, files, statistics))
        if not options.json:
            for line in _lines(batch, folder, statistics):
                console.put(line)
    if options.json:
        _print_json(series, written)
    excuse_stdout("the tokenizers are written")
    return 0


def _folders(options: VocabularyOptions) -> dict[int, Path]:
    """Returns batch -> folder, by rising batch: the folder of a single batch, or one inside it for each of several.

    Raises:
        ConfigError: The options name no batch, or one that no run has.
    """
    output = options.output_dir
    if (options.batch is None) == (options.batches is None):
        raise ConfigError("give either --batch, such as --batch 999, or --batches, such as --batches 0:1000:100")
    if options.batch is not None:
        if not 0 <= options.batch < MAX_COUNT:
            raise ConfigError(f"--batch must be from 0 to {MAX_COUNT - 1} (found {options.batch})")
        return {options.batch: output}
    return {batch: output / f"batch-{batch}" for batch in _range(options.batches or "")}


def _range(typed: str) -> range:
    form = _RANGE.fullmatch(typed)
    if form is None:
        raise ConfigError(f"--batches {typed!r}: is not FIRST:END or FIRST:END:STEP, such as 0:1000:100")
    first, end, step = int(form[1]), int(form[2]), int(form[3] or 1)
    if not (first < end <= MAX_COUNT and step):
        raise ConfigError(
            f"--batches {typed!r}: END must exceed FIRST and be at most {MAX_COUNT}, and STEP must be at least 1"
        )
    batches = range(first, end, step)
    if len(batches) > _MOST_BATCHES:
        raise ConfigError(f"--batches {typed!r}: are {len(batches):,} batches; take at most {_MOST_BATCHES:,} at once")
    return batches


def _moved(batch: BatchTokenizer) -> str | None:
    """Returns the line about special tokens whose ids are not those of the reference tokenizer; None if all are."""
    moved = [
        f"{token!r} has {batch.special_ids[token]}, not {there}"
        for token, there in batch.recipe.special_tokens
        if there not in (None, batch.special_ids[token])
    ]
    shown = ", ".join(moved[:_MOST_LISTED])
    more = f" and {len(moved) - _MOST_LISTED} more" if len(moved) > _MOST_LISTED else ""
    return f"special tokens whose ids exceed the vocabulary stand at its end: {shown}{more}" if moved else None


def _lines(batch: BatchTokenizer, folder: Path, statistics: Mapping[str, TextStatistics] | None) -> Iterator[str]:
    """Yields the lines about a batch on stdout."""
    yield (
        f"batch {batch.batch:,}: {batch.language}, draw {batch.draw:,} of pool {batch.pool}, "
        f"{len(batch.vocabulary):,} pieces, noise {batch.noise:.3g}: {folder}"
    )
    if statistics is not None:
        rows = statistics if len(statistics) == 1 else {**statistics, "all": total(statistics.values())}
        width = max(map(len, rows))
        for language, row in rows.items():
            yield (
                f"  {language:<{width}}  {row.texts:,} texts, {row.tokens:,} tokens, "
                f"{row.bytes_per_token:.3f} bytes a token, {row.unknown_share:.3%} unknown"
            )


def _as_json(
    batch: BatchTokenizer, files: Sequence[Path], statistics: Mapping[str, TextStatistics] | None
) -> dict[str, object]:
    described = {**batch.facts(), "files": [str(path) for path in files]}
    if statistics is not None:
        described["statistics"] = {language: _row(row) for language, row in statistics.items()}
    return described


def _row(row: TextStatistics) -> dict[str, object]:
    return asdict(row) | {"bytes_per_token": row.bytes_per_token, "unknown_share": row.unknown_share}


def _print_json(series: BatchSeries, written: Sequence[Mapping[str, object]]) -> None:
    summary = {
        "schema_version": SCHEMA_VERSION,
        "config_digest": series.job.digest(),
        "seed": series.job.seed,
        "batches": sorted(written, key=lambda one: int(str(one["batch"]))),
    }
    stdout_console().put(json.dumps(json_values(summary)))
    if failure := take_stdout_failure():
        raise OutputError(
            f"the tokenizers are written, but the summary of --json is not: stdout cannot be written ({failure}); "
            "give it another place"
        )
