"""A language's rows, by number: what the rest of the program knows of the data.

The coordinator opens a corpus by the language's name, which converts and checks its source where that has
not been done before (see `cache` and `conversion`). Workers open the same rows by the corpus's handle, which
is small and can be sent: they read the cache file at random, and so share its pages in the system's cache. Without
a cache, every process reads the source for itself.

Workers load this module, and Arrow takes 0.2 s to load: it is loaded where a corpus is opened by name or without
a cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tokstats_parallel._native import TextColumn
from tokstats_parallel.corpus.file_identity import Stamp
from tokstats_parallel.errors import CorpusError, reason

if TYPE_CHECKING:
    from pathlib import Path

    from tokstats_parallel.corpus.cache import Notify
    from tokstats_parallel.corpus.cachefile import CacheFile, Place
    from tokstats_parallel.corpus.conversion import Progress
    from tokstats_parallel.corpus.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusHandle:
    """All that another process needs to open the same rows.

    Attributes:
        language: its name.
        path: the cache file, or the source where there is none.
        cached: which of the two it is.
        fingerprint: the hash of the rows' content; the same for the same rows in any format.
        rows: the number of rows.
        blocks: where they are in the cache file (see `cachefile.Seal`).
        stamp: that of the cache file.
    """

    language: str
    path: Path
    cached: bool
    fingerprint: str
    rows: int
    blocks: tuple[Place, ...] = ()
    stamp: Stamp | None = field(default=None, compare=False)

    @classmethod
    def of_file(cls, file: CacheFile) -> Self:
        """Opens the rows of a cache file."""
        return cls(
            language=file.seal.language,
            path=file.path,
            cached=True,
            fingerprint=file.seal.fingerprint,
            rows=file.seal.rows,
            blocks=file.seal.blocks,
            stamp=file.stamp,
        )


class Corpus:
    """The rows of one language.

    Attributes:
        handle: opens the same rows in another process.
        column: the rows, for the native core.
    """

    __slots__ = ("column", "handle")

    def __init__(self, handle: CorpusHandle, column: TextColumn) -> None:
        """Puts together what `open_corpus` and `open_handle` have opened."""
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
            IndexError: there is no row of this number (they count from 0).
            CorpusError: the cache file has been damaged.
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
    cache_dir: Path | None = None,
    use_cache: bool = True,
    threads: int = 1,
    on_progress: Progress | None = None,
    notify: Notify = lambda _line: None,
) -> Corpus:
    """The rows of `language`, converted into the cache first where they are not there yet.

    Args:
        train_directory: the folder that holds every language's data.
        language: its name; `sources.find_source` says what it may lead to.
        cache_dir: the cache folder; `cache.default_cache_dir()` where it is None.
        use_cache: False to hold the rows in memory instead.
        threads: how many may check a cache file.
        on_progress: called during a conversion with the language, the rows done and the rows in all.
        notify: called with lines that a user should see.

    Raises:
        CorpusError: there is no data, it is not usable, or the cache folder is not.
    """
    from tokstats_parallel.corpus.sources import find_source, no_data, open_source  # noqa: PLC0415 - see the module

    path = find_source(train_directory.absolute(), language)
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
    """The rows that another process has opened.

    Raises:
        CorpusError: they are not there any more, or are not the same.
    """
    corpus = _as_stamped(handle) or _as_sealed(handle) if handle.cached else _read_again(handle)
    if corpus.handle != handle:
        raise CorpusError(f"{handle.path}: the rows of {handle.language!r} changed during the run; run again")
    return corpus


def _from_cache(
    source: Source, cache_dir: Path | None, *, threads: int, on_progress: Progress | None, notify: Notify
) -> Corpus:
    from tokstats_parallel.corpus.cache import default_cache_dir, obtain  # noqa: PLC0415 - see the module

    folder = (cache_dir or default_cache_dir()).absolute()
    file = obtain(source, folder, threads=threads, on_progress=on_progress, notify=notify)
    return Corpus(CorpusHandle.of_file(file), file.column)


def _from_source(source: Source, on_progress: Progress | None = None) -> Corpus:
    from tokstats_parallel.corpus.conversion import Conversion, chunk  # noqa: PLC0415 - see the module

    conversion = Conversion(source, on_progress)
    column = TextColumn([chunk(block) for block in conversion])
    handle = CorpusHandle(
        language=source.language,
        path=source.path,
        cached=False,
        fingerprint=conversion.fingerprint(),
        rows=conversion.rows,
    )
    return Corpus(handle, column)


def _as_stamped(handle: CorpusHandle) -> Corpus | None:
    """The rows of a cache file that nobody has touched since the handle was made; else None."""
    try:
        if Stamp.of(handle.path) != handle.stamp:
            return None
        column = TextColumn.of_file(handle.path, handle.blocks)
    except (OSError, ValueError):
        return None
    return Corpus(handle, column)


def _as_sealed(handle: CorpusHandle) -> Corpus:
    """The rows of a cache file, by its own seal."""
    from tokstats_parallel.corpus.cachefile import load  # noqa: PLC0415 - see the module

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
    from tokstats_parallel.corpus.sources import open_source  # noqa: PLC0415 - see the module

    return _from_source(open_source(handle.language, handle.path))
