"""Checks of a language's data: its existence and format, the number of rows, and the lengths of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.cache import find
from tokstats_parallel.corpus.cache_layout import ROW_BYTES
from tokstats_parallel.corpus.conversion import BYTES_READ
from tokstats_parallel.corpus.corpus import Corpus, require_text
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.corpus.language_files import LanguageSource, find_source, open_source
from tokstats_parallel.corpus.missing_data import no_data
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.run.passes import SAMPLED_ROWS, corpus_use
from tokstats_parallel.system.wording import size_text
from tokstats_parallel.validate.check import Check, failed, failed_by, ok, warning
from tokstats_parallel.validate.sample import Sample, lengths, sample_corpus, sample_source

TINY_CHARACTERS = 16
SHORT_ROWS_SHARE = 0.5  # maximum share of short rows without a warning


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageData:
    """Data of a language, as far as `validate` has read it.

    Attributes:
        language: Name of the language.
        path: File or folder of the data.
        files: Number of files that hold rows.
        left_out: Text that counts and names what lies with the data and is not read; empty if all is read.
        rows: Number of rows.
        text_bytes: Size of the text of all rows, in bytes; estimated from the sample if the rows are not converted.
        exact: Whether `text_bytes` is exact, not estimated.
        handle: Handle that opens the converted rows; None if they are not in the cache.
        cache_fault: Error with which a run would end when it looks for the converted rows; None if there is none.
        sample: Sample of the rows.
    """

    language: str
    path: Path
    files: int
    left_out: str
    rows: int
    text_bytes: int
    exact: bool
    handle: CorpusHandle | None
    cache_fault: CorpusError | None
    sample: Sample

    @property
    def bytes_to_convert(self) -> int:
        """Bytes on disk that a conversion of the rows will need; 0 if the rows are already converted."""
        return 0 if self.handle else self.text_bytes + ROW_BYTES * self.rows

    @property
    def seconds_to_read(self) -> float:
        """Estimated seconds to read, check and hash all rows."""
        sampled = self.sample.text_bytes
        return self.sample.seconds * self.text_bytes / sampled if sampled else self.sample.seconds


def check_data(
    train_directory: Path, language: str, *, cache_folder: Path | None, max_bytes: int, threads: int = 1
) -> tuple[Check, LanguageData | None]:
    """Checks that the data of a language can be used.

    Args:
        train_directory: Folder of the data of all languages.
        language: Name of the language.
        cache_folder: Folder of the converted corpora; None if no cache is used.
        max_bytes: Maximum size of the sample that is read and checked, in bytes.
        threads: Number of threads that check the text of a cache file.

    Returns:
        The check, and the data; None if the data cannot be used.
    """
    name = f"data of {language}"
    try:
        path = find_source(train_directory, language)
        if path is None:
            return failed_by(name, CorpusError(no_data(train_directory, [language]))), None
        source = open_source(language, path)
        data = _inspect(source, cache_folder, max_bytes, threads)
    except CorpusError as error:
        return failed_by(name, error), None
    if source.loses_rows:
        return warning(name, _described(data), "unpack, rename or convert what is left out, or move it away"), data
    return ok(name, _described(data)), data


def check_amount(data: LanguageData, pool_texts: int) -> Check:
    """Checks that the language has at least as many rows as a pool has texts."""
    name = f"rows of {data.language}"
    if data.rows < pool_texts:
        detail = f"{data.rows:,} rows, fewer than the {pool_texts:,} texts of a pool: rows repeat within pools"
        return warning(name, detail, "add rows if the result should tell of more than these")
    return ok(name, f"{data.rows:,} rows for pools of {pool_texts:,} texts")


def check_passes(job: Job, data: Sequence[LanguageData]) -> Check:
    """Returns a check without a fault that says how many times the run goes through the rows of each language."""
    use = corpus_use(
        job,
        {entry.language: entry.rows for entry in data},
        {entry.language: _some_lengths(entry.sample) for entry in data},
        {},
    )
    return ok("passes", f"over the rows of a corpus, about: {use.passes_text()}")


def check_lengths(data: LanguageData, *, span: int, pack: bool) -> Check:
    """Checks that the rows of the sample are not all empty, and that most rows have `TINY_CHARACTERS` or more.

    Args:
        data: Data of the language.
        span: Number of characters that a text may have.
        pack: Whether short rows are joined into one text.
    """
    name = f"text of {data.language}"
    counts = lengths(data.sample, tiny=TINY_CHARACTERS, span=span)
    whole = counts.rows == data.rows
    if counts.empty == counts.rows:
        remedy = "put rows with text there, or leave the language out of langs"
        detail = f"no text in {'any of the' if whole else 'a sample of'} {counts.rows:,} rows"
        return failed(name, detail, remedy) if whole else warning(name, detail, remedy)
    shares = {
        "empty": counts.empty,
        f"shorter than {TINY_CHARACTERS} characters": counts.tiny,
        f"shorter than a text of {span:,}": counts.short,
    }
    listed = ", ".join(f"{number / counts.rows:.1%} {kind}" for kind, number in shares.items())
    detail = f"{listed} ({'all' if whole else 'a sample of'} {counts.rows:,} rows)"
    if counts.tiny > SHORT_ROWS_SHARE * counts.rows:
        return warning(name, detail, "look at the rows: most hold next to nothing")
    if not pack and counts.short > SHORT_ROWS_SHARE * counts.rows:
        return warning(name, detail, "do_sequence_packing=true would fill short texts up with further rows")
    return ok(name, detail)


def _some_lengths(sample: Sample) -> list[int]:
    """Returns the lengths, in characters, of a few rows from all over a sample, stripped."""
    step = max(1, len(sample.arrays) // SAMPLED_ROWS)
    return [len(array[0].as_py().strip()) for array in sample.arrays[::step] if len(array)]


def _inspect(source: LanguageSource, cache_folder: Path | None, max_bytes: int, threads: int) -> LanguageData:
    handle, converted, cache_fault = None, None, None
    try:
        if cache_folder:
            converted = find(source, cache_folder, threads=threads)
    except CorpusError as error:
        cache_fault = error
    if converted:
        handle = CorpusHandle.of_file(converted)
        corpus = Corpus(handle, converted.column)
        require_text(corpus, source.path)
        sample = sample_corpus(corpus, max_bytes)
        rows, text_bytes, exact = handle.rows, converted.seal.text_bytes, True
    else:
        rows = source.count_rows()
        sample = sample_source(source, max_bytes)
        exact = sample.rows == rows
        text_bytes = sample.text_bytes if exact else round(sample.text_bytes * rows / max(1, sample.rows))
    return LanguageData(
        language=source.language,
        path=source.path,
        files=len(source.data_files),
        left_out=source.left_out,
        rows=rows,
        text_bytes=text_bytes,
        exact=exact,
        handle=handle,
        cache_fault=cache_fault,
        sample=sample,
    )


def _described(data: LanguageData) -> str:
    files = "" if data.files == 1 else f"{data.files} files, "
    size = f"{'' if data.exact else 'about '}{size_text(data.text_bytes)}"
    state = "in the cache" if data.handle else "not converted yet"
    notices = "".join(
        f"; {notice}" for notice in (data.left_out, BYTES_READ if data.sample.from_bytes else "") if notice
    )
    return f"{data.path}: {files}{data.rows:,} rows, {size} of text, {state}{notices}"
