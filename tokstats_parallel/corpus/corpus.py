"""Corpora: the rows of a language by index.

The coordinator opens a corpus by the language's name, which converts and checks its source if that has not been done
before (see `cache` and `conversion`). Workers open the same rows by the corpus's handle, which is small and can be
sent: they read the cache file at random offsets, and so share its pages in the system's page cache. Without a cache,
every process reads the source itself.

Workers load this module, and Arrow takes 0.2 s to load, so it is loaded only when a corpus is opened by name or without
a cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tokstats_parallel._native import TextColumn
from tokstats_parallel.corpus.file_identity import FileIdentity
from tokstats_parallel.errors import CorpusError, reason

if TYPE_CHECKING:
    from pathlib import Path

    from tokstats_parallel.corpus.cache import Notify
    from tokstats_parallel.corpus.cache_file import CacheFile
    from tokstats_parallel.corpus.cache_layout import BlockLocation
    from tokstats_parallel.corpus.conversion import Progress
    from tokstats_parallel.corpus.language_files import LanguageSource


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusHandle:
    """Everything that another process needs to open the same rows.

    Attributes:
        language: The language's name.
        path: The path of the cache file, or of the source if there is no cache.
        cached: True if it is the path of a cache file.
        fingerprint: The hash of the rows' content; the same for the same rows in any format.
        rows: The number of rows.
        blocks: The location of each block in the cache file (see `cache_layout`).
        file_identity: The identity of the cache file.
    """

    language: str
    path: Path
    cached: bool
    fingerprint: str
    rows: int
    blocks: tuple[BlockLocation, ...] = ()
    file_identity: FileIdentity | None = field(default=None, compare=False)

    @classmethod
    def of_file(cls, file: CacheFile) -> Self:
        """The handle of the rows of a cache file."""
        return cls(
            language=file.seal.language,
            path=file.path,
            cached=True,
            fingerprint=file.seal.fingerprint,
            rows=file.seal.rows,
            blocks=file.seal.blocks,
            file_identity=file.file_identity,
        )


class Corpus:
    """The rows of one language.

    Attributes:
        handle: The handle that opens the same rows in another process.
        column: The rows, for the native core.
    """

    __slots__ = ("column", "handle")

    def __init__(self, handle: CorpusHandle, column: TextColumn) -> None:
        """Takes the handle and its opened rows; `open_corpus` and `open_handle` call it."""
        self.handle = handle
        self.column = column

    @property
    def name(self) -> str:
        """The language's name."""
        return self.handle.language

    @property
    def fingerprint(self) -> str:
        """The hash of the rows' content; the same for the same rows in any format."""
        return self.handle.fingerprint

    def __len__(self) -> int:
        """The number of rows."""
        return self.handle.rows

    def __getitem__(self, row: int) -> str:
        """The text of a row, as it is in the source.

        Raises:
            IndexError: There is no row of this index (they count from 0).
            CorpusError: The cache file has been damaged.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"{self.name}: row {row} of {len(self)}")
        try:
            text: str = self.column.row(row)
        except (ValueError, OSError) as error:
            raise CorpusError(f"{self.handle.path}: {error}; remove this file and run again") from error
        return text

    def __repr__(self) -> str:
        """Language, size and the beginning of the fingerprint."""
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
    """Opens the rows of a language, converted into the cache first if they are not there yet.

    Args:
        train_directory: The folder that holds the data of every language.
        language: The language's name (see `language_files` for the files that belong to it).
        path: The file or folder that `sources.find_source` has found; None to look for it here.
        cache_dir: The cache folder; None for `cache.default_cache_dir()`.
        use_cache: False to hold the rows in memory instead.
        threads: The number of threads that check a cache file.
        on_progress: Called during a conversion with the language, the rows done and the rows in all.
        notify: Called with lines that a user should see.

    Raises:
        CorpusError: There is no data, or the data or the cache folder cannot be used.
    """
    from tokstats_parallel.corpus.language_files import find_source, no_data, open_source  # noqa: PLC0415 - loads Arrow

    path = path or find_source(train_directory.absolute(), language)
    if path is None:
        raise CorpusError(no_data(train_directory, [language]))
    source = open_source(language, path)
    if use_cache:
        corpus = _from_cache(source, cache_dir, threads=threads, on_progress=on_progress, notify=notify)
    else:
        corpus = _from_source(source, on_progress)
    if corpus.column.first_text_row() is None:
        raise CorpusError(
            f"{path.name}: language {language!r} has no non-empty text ({len(corpus)} rows); "
            "put rows with text there, or leave the language out of langs"
        )
    return corpus


def open_handle(handle: CorpusHandle) -> Corpus:
    """Opens the rows that another process has opened.

    Raises:
        CorpusError: The rows are gone, or have changed.
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


def _from_source(source: LanguageSource, on_progress: Progress | None = None) -> Corpus:
    from tokstats_parallel.corpus.arrow_text import text_buffers  # noqa: PLC0415 - loads Arrow
    from tokstats_parallel.corpus.conversion import Conversion  # noqa: PLC0415 - as above

    conversion = Conversion(source, on_progress)
    column = TextColumn([text_buffers(block) for block in conversion])
    handle = CorpusHandle(
        language=source.language,
        path=source.path,
        cached=False,
        fingerprint=conversion.fingerprint(),
        rows=conversion.rows,
    )
    return Corpus(handle, column)


def _from_same_file(handle: CorpusHandle) -> Corpus | None:
    """The rows of a cache file that has not changed since the handle was made; None if it has."""
    try:
        if FileIdentity.of(handle.path) != handle.file_identity:
            return None
        column = TextColumn.of_file(handle.path, handle.blocks)
    except (OSError, ValueError):
        return None
    return Corpus(handle, column)


def _from_seal(handle: CorpusHandle) -> Corpus:
    """The rows of a cache file, opened by its own seal."""
    from tokstats_parallel.corpus.cache_file import load  # noqa: PLC0415 - loads Arrow

    try:
        file = load(handle.path)
    except FileNotFoundError as error:
        raise CorpusError(f"{handle.path}: the cache file is gone; run again to make it anew") from error
    except OSError as error:
        raise CorpusError(
            f"{handle.path}: the cache file cannot be read ({reason(error)}); see to that and run again"
        ) from error
    return Corpus(CorpusHandle.of_file(file), file.column)


def _read_again(handle: CorpusHandle) -> Corpus:
    from tokstats_parallel.corpus.language_files import open_source  # noqa: PLC0415 - loads Arrow

    return _from_source(open_source(handle.language, handle.path))
