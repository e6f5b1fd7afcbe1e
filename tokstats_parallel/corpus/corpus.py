"""Corpora: opens the rows of a language, and reads them by index.

The coordinator opens a corpus by the language's name; this converts and checks the language's source, unless the cache
has it (see `cache` and `conversion`). Workers open the same corpus by its handle, which is small and can be sent to
them. They read rows at random offsets of the cache file, so they share its pages in the system's page cache. Without a
cache, every process reads the source itself.

This module loads Arrow only when a corpus is opened by name or without a cache, because workers load this module, and
loading Arrow takes 0.2 s.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokstats_parallel._native import TextColumn
from tokstats_parallel.corpus.file_identity import FileIdentity
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.errors import CorpusError, advice, machine_failure, not_readable_now, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokstats_parallel.corpus.cache import Notify
    from tokstats_parallel.corpus.conversion import Progress
    from tokstats_parallel.corpus.language_files import LanguageSource


class Corpus:
    """Corpus: all rows of one language, with random access by index.

    Attributes:
        handle: Handle by which another process opens the same corpus.
        column: Rows of the corpus, for the native core.
    """

    __slots__ = ("column", "handle")

    def __init__(self, handle: CorpusHandle, column: TextColumn) -> None:
        """Takes a handle and the rows opened by it; call `open_corpus` or `open_handle` instead."""
        self.handle = handle
        self.column = column

    @property
    def name(self) -> str:
        """Name of the corpus's language."""
        return self.handle.language

    @property
    def fingerprint(self) -> str:
        """Hash of the corpus's rows; equal rows in files of other formats have an equal hash."""
        return self.handle.fingerprint

    def __len__(self) -> int:
        """Returns the number of rows in the corpus."""
        return self.handle.rows

    def __getitem__(self, row: int) -> str:
        """Returns the row of index `row`, as the source has it.

        Raises:
            IndexError: The corpus has no row of this index; rows count from 0, and -1 is no index.
            CorpusError: The cache file has been damaged.
        """
        with self._reading(row):
            text: str = self.column.row(row)
        return text

    def characters(self, row: int) -> int:
        """Returns the length of the row of index `row`, in characters, without white space at its ends.

        The row itself is not read.

        Raises:
            IndexError: The corpus has no row of this index.
            CorpusError: The cache file has been damaged.
        """
        with self._reading(row):
            return self.column.characters(row)

    @contextmanager
    def _reading(self, row: int) -> Iterator[None]:
        """Checks a row's index, and turns errors of reading into a CorpusError that names the file."""
        if not 0 <= row < len(self):
            raise IndexError(f"{self.name}: row {row} of {len(self)}")
        try:
            yield
        except (ValueError, OSError) as error:
            if failure := machine_failure(error):
                raise CorpusError(not_readable_now(str(self.handle.path), failure)) from error
            raise CorpusError(f"{self.handle.path}: {error}; remove this file and run again") from error

    def __repr__(self) -> str:
        """Describes the corpus by its language, number of rows and the beginning of its fingerprint."""
        return f"Corpus({self.name!r}, {len(self)} rows, {self.fingerprint[:12]})"


def open_corpus(
    train_directory: Path,
    language: str,
    *,
    path: Path | None = None,
    cache_dir: Path | None = None,
    use_cache: bool = True,
    threads: int = 1,
    on_progress: Progress | None = None,
    notify: Notify = lambda _line: None,
) -> Corpus:
    """Opens the corpus of a language; converts the language's source into the cache first if the cache lacks it.

    Args:
        train_directory: Folder with the data of every language.
        language: Name of the language (see `language_files` for the files that belong to a language).
        path: Path of the source, if `language_files.find_source` has found it already; None to find it.
        cache_dir: Cache folder; None for `cache.default_cache_dir()`.
        use_cache: False to hold the rows in memory, without a cache file.
        threads: Number of threads that check the text of a cache file.
        on_progress: Called during a conversion with the language, the number of rows converted so far, and the number
            of its rows.
        notify: Called with lines that the user should see.

    Raises:
        CorpusError: There is no data, or the data or the cache folder cannot be used.
    """
    from tokstats_parallel.corpus.language_files import find_source, open_source  # noqa: PLC0415 - workers need it not
    from tokstats_parallel.corpus.missing_data import no_data  # noqa: PLC0415 - as above

    path = path or find_source(train_directory.absolute(), language)
    if path is None:
        raise CorpusError(no_data(train_directory, [language]))
    source = open_source(language, path)
    if source.notice:
        notify(source.notice)
    if use_cache:
        corpus = _from_cache(source, cache_dir, threads=threads, on_progress=on_progress, notify=notify)
    else:
        corpus = _from_source(source, on_progress, notify)
    require_text(corpus, path)
    return corpus


def require_text(corpus: Corpus, path: Path) -> None:
    """Checks that a row of a corpus, whose source is `path`, holds more than white space.

    Raises:
        CorpusError: No row does.
    """
    if corpus.column.first_text_row() is None:
        raise CorpusError(
            f"{path.name}: language {corpus.name!r} has no non-empty text ({len(corpus)} rows); "
            "put rows with text there, or leave the language out of langs"
        )


def open_handle(handle: CorpusHandle) -> Corpus:
    """Opens the corpus of a handle that another process has made.

    Raises:
        CorpusError: The corpus's file is gone, cannot be read, or has changed since the handle was made.
    """
    corpus = _from_same_file(handle) or _from_seal(handle) if handle.cached else _read_again(handle)
    if corpus.handle != handle:
        raise CorpusError(f"{handle.path}: the rows of {handle.language!r} changed during the run; run again")
    return corpus


def _from_cache(
    source: LanguageSource, cache_dir: Path | None, *, threads: int, on_progress: Progress | None, notify: Notify
) -> Corpus:
    from tokstats_parallel.corpus.cache import default_cache_dir, obtain  # noqa: PLC0415 - loads Arrow

    folder = (cache_dir or default_cache_dir()).absolute()
    file = obtain(source, folder, threads=threads, on_progress=on_progress, notify=notify)
    return Corpus(CorpusHandle.of_file(file), file.column)


def _from_source(
    source: LanguageSource, on_progress: Progress | None = None, notify: Notify = lambda _line: None
) -> Corpus:
    from tokstats_parallel.corpus.arrow_text import text_buffers  # noqa: PLC0415 - loads Arrow
    from tokstats_parallel.corpus.conversion import Conversion  # noqa: PLC0415 - as above

    conversion = Conversion(source, on_progress)
    column = TextColumn([text_buffers(block) for block in conversion])
    if conversion.notice:
        notify(conversion.notice)
    handle = CorpusHandle(
        language=source.language,
        path=source.path,
        cached=False,
        fingerprint=conversion.fingerprint(),
        rows=conversion.rows,
    )
    return Corpus(handle, column)


def _from_same_file(handle: CorpusHandle) -> Corpus | None:
    """Opens the corpus of a handle without reading the seal; returns None if the cache file is another one now."""
    try:
        if FileIdentity.of(handle.path) != handle.file_identity:
            return None
        column = TextColumn.of_file(handle.path, handle.blocks)
    except (OSError, ValueError):
        return None
    return Corpus(handle, column)


def _from_seal(handle: CorpusHandle) -> Corpus:
    """Opens the corpus of a handle by the seal of the cache file at the handle's path."""
    from tokstats_parallel.corpus.cache_file import load  # noqa: PLC0415 - loads Arrow

    try:
        file = load(handle.path)
    except FileNotFoundError as error:
        raise CorpusError(f"{handle.path}: the cache file is gone; run again to make it anew") from error
    except OSError as error:
        raise CorpusError(
            f"{handle.path}: the cache file cannot be read ({reason(error)}); "
            + advice(error, "see to that and run again")
        ) from error
    return Corpus(CorpusHandle.of_file(file), file.column)


def _read_again(handle: CorpusHandle) -> Corpus:
    from tokstats_parallel.corpus.language_files import open_source  # noqa: PLC0415 - loads Arrow

    return _from_source(open_source(handle.language, handle.path))
