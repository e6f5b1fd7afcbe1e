"""The cache folder: the rows of every source, converted once, for all runs and all their processes.

The name of a cache file, `tokstats-{digest}.arrow`, is derived from a language and its source's identity: a source that
changes gets another file. The file is written as `tokstats-{digest}.tmp` (see `file_lock`). Invariants:

1. A `.arrow` file is whole and on the disk: it got its name, by renaming, after it was flushed.
2. A file is converted by one process at a time; the others wait, and then use the new file.
3. A file that a killed process leaves is never taken for a whole one; the next conversion into the folder removes it.
4. Files with other names are never touched.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from tokstats_parallel.corpus.cache_file import (
    CacheFile,
    DamagedError,
    OtherFormatError,
    Seal,
    check_text,
    load,
    read_seal,
    write,
)
from tokstats_parallel.corpus.conversion import Conversion, Progress
from tokstats_parallel.corpus.language_files import LanguageSource, open_source
from tokstats_parallel.errors import CorpusError, reason
from tokstats_parallel.system.atomic import flush
from tokstats_parallel.system.file_lock import locked_file, remove_if_unlocked

Notify = Callable[[str], None]
State = Literal["current", "changed", "missing", "outdated", "damaged", "unreadable"]

_OWN_FILE = re.compile(r"tokstats-[0-9a-f]{32}\.(arrow|tmp)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A converted source in the cache.

    Attributes:
        path: The path of the cache file.
        file_bytes: Its size on disk.
        created: When it was made.
        seal: Its seal; None if the file is damaged, outdated or unreadable.
        state: `current`; `changed` or `missing`, if the source is; `damaged`; `outdated`, if this version does not read
            the file's format; `unreadable`, if the system refuses to read the file now.
    """

    path: Path
    file_bytes: int
    created: datetime
    seal: Seal | None
    state: State


def default_cache_dir() -> Path:
    """The project's folder in the user's cache: below `XDG_CACHE_HOME`, or else `~/.cache`.

    Raises:
        CorpusError: The user has no home folder.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # the XDG specification says to ignore it
        try:
            base = Path.home() / ".cache"
        except RuntimeError as error:
            raise CorpusError("no home folder for the cache; give --cache-dir DIR or --no-cache") from error
    return base / "tokstats-parallel"


def cached_file(cache_dir: Path, source: LanguageSource) -> Path:
    """The path of the cache file for the rows of `source` as it is now."""
    digest = hashlib.sha256(f"{source.language}\n{source.identity}".encode()).hexdigest()
    return cache_dir / f"tokstats-{digest[:32]}.arrow"


def obtain(
    source: LanguageSource, cache_dir: Path, *, threads: int = 1, on_progress: Progress | None, notify: Notify
) -> CacheFile:
    """Opens the cache file of a source, which is converted first if the file is missing or damaged.

    Args:
        source: The source.
        cache_dir: The cache folder.
        threads: The number of threads that check an existing file.
        on_progress: Called during a conversion.
        notify: Called with lines that a user should see.

    Raises:
        CorpusError: The source cannot be used, or the cache folder cannot be written.
    """
    path = cached_file(cache_dir, source)
    with _usable(cache_dir):
        opened = _load_whole(path, threads=threads)
        if opened is None:
            _make(path, Conversion(source, on_progress), notify)
            opened = load(path)  # just written and checked, by this process or by the one it waited for
    return opened


def list_cache(cache_dir: Path | None = None) -> list[CacheEntry]:
    """Lists all entries, by language, then age; a missing folder has none.

    Raises:
        CorpusError: The folder cannot be read.
    """
    folder = cache_dir or default_cache_dir()
    with _usable(folder):
        entries = [entry for path in _own_files(folder, ".arrow") if (entry := _entry(path))]
    return sorted(entries, key=lambda entry: (entry.seal.language if entry.seal else "", entry.created))


def clear_cache(cache_dir: Path | None = None) -> int:
    """Removes all entries, and files that killed processes left; returns the number of bytes freed.

    A file that is being written stays. Running commands keep the files that they have opened.

    Raises:
        CorpusError: A file cannot be removed.
    """
    folder = cache_dir or default_cache_dir()
    with _usable(folder):
        freed = _remove_left_over(folder)
        for path in _own_files(folder, ".arrow"):
            freed += path.stat().st_size
            path.unlink()
    return freed


def _load_whole(path: Path, notify: Notify = lambda _line: None, *, threads: int = 1) -> CacheFile | None:
    """Opens and checks the cache file `path`; None if it is missing, or unusable, which `notify` is told."""
    try:
        file = load(path)
        check_text(file, threads)
    except FileNotFoundError:
        return None
    except OtherFormatError as error:
        notify(str(error).partition(";")[0])
        return None
    except DamagedError:
        notify(f"{path}: damaged cache file")
        return None
    return file


def _make(path: Path, conversion: Conversion, notify: Notify) -> None:
    """Writes the cache file `path`, unless another process has written it while this one waited for the lock."""
    language = conversion.source.language
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_over(path.parent)
    with locked_file(
        path.with_suffix(".tmp"),
        on_wait=lambda: notify(f"another run is converting the rows of {language!r}: waiting for it"),
    ) as temporary:
        if _load_whole(path, lambda flaw: notify(f"{flaw}; converting the rows of {language!r} again")):
            return
        write(temporary, conversion)
        temporary.replace(path)
        flush(path.parent)


def _remove_left_over(folder: Path) -> int:
    """Removes files that killed processes were writing, and returns their size in bytes."""
    return sum(map(remove_if_unlocked, _own_files(folder, ".tmp")))


def _own_files(folder: Path, suffix: str) -> list[Path]:
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if _OWN_FILE.fullmatch(path.name) and path.suffix == suffix)


def _entry(path: Path) -> CacheEntry | None:
    """The entry of a cache file; None if it has been removed meanwhile."""
    try:
        status = path.stat()
        seal, state = _checked_seal(path)
    except FileNotFoundError:
        return None
    created = datetime.fromtimestamp(status.st_mtime, UTC)
    return CacheEntry(path=path, file_bytes=status.st_size, created=created, seal=seal, state=state)


def _checked_seal(path: Path) -> tuple[Seal | None, State]:
    """The seal of a cache file, and the file's state."""
    try:
        seal = read_seal(path)
    except OtherFormatError:
        return None, "outdated"
    except DamagedError:
        return None, "damaged"
    except FileNotFoundError:
        raise
    except OSError:
        return None, "unreadable"
    source = Path(seal.source)
    try:
        if not source.exists():
            return seal, "missing"
        same = open_source(seal.language, source).identity == seal.identity
    except (CorpusError, OSError):
        same = False
    return seal, "current" if same else "changed"


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Turns an error of the file system in the cache folder into a CorpusError that names the options."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"{folder}: cannot use this cache folder ({reason(error)}); "
            "choose another with --cache-dir DIR, or do without it with --no-cache"
        ) from error
