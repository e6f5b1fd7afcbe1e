"""Cache folder: the rows of every language's source, converted once for all runs.

The name of a cache file, `tokstats-{digest}.arrow`, is derived from the language and its source's identity, so a source
that changes gets another cache file. The folder may lie on a disk that machines share. Invariants:

1. A `.arrow` file is whole and on the disk, because it is renamed from a `.tmp` file only after that was flushed.
2. One process at a time converts a source (see `conversion_claim`); others wait, and then use the new cache file.
3. Each process writes a `.tmp` file of its own. One left by a killed process is never used; the next conversion into
   the folder removes it.
4. Files with other names are never read, changed or removed.
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
from tokstats_parallel.corpus.conversion_claim import TEMPORARY, claimed, remove_left_over
from tokstats_parallel.corpus.language_files import LanguageSource, open_source
from tokstats_parallel.errors import NO_SPACE_ERRNOS, CorpusError, advice, reason
from tokstats_parallel.system.atomic import flush

Notify = Callable[[str], None]
State = Literal["current", "changed", "missing", "outdated", "damaged", "unreadable"]

_OWN_FILE = re.compile(r"tokstats-[0-9a-f]{32}(\.arrow|(\.[\w-]+)?\.tmp)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """Entry of the cache folder: a cache file, and its state.

    Attributes:
        path: Path of the cache file.
        file_bytes: Size of the cache file in bytes.
        created: Time when the cache file was written.
        seal: Seal of the cache file (see `cache_file`); None if the file is damaged, outdated or unreadable.
        state: `current` if a run can use it; `changed` or `missing` if its source has changed or is gone; `damaged`;
            `outdated` if this version of the program does not read the file's format; `unreadable` if the system
            refuses to read the file now.
    """

    path: Path
    file_bytes: int
    created: datetime
    seal: Seal | None
    state: State


def default_cache_dir() -> Path:
    """Returns the folder `tokstats-parallel` in the user's cache folder, which is `XDG_CACHE_HOME` or else `~/.cache`.

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
    """Returns the path of the cache file for a source; the path depends on the source's identity."""
    digest = hashlib.sha256(f"{source.language}\n{source.identity}".encode()).hexdigest()
    return cache_dir / f"tokstats-{digest[:32]}.arrow"


def obtain(
    source: LanguageSource, cache_dir: Path, *, threads: int = 1, on_progress: Progress | None, notify: Notify
) -> CacheFile:
    """Opens the cache file of a source; converts the source first if the file is missing or damaged.

    Args:
        source: Files with the rows of one language.
        cache_dir: Cache folder.
        threads: Number of threads that check the text of an existing cache file.
        on_progress: Called for each block during a conversion.
        notify: Called with lines that the user should see.

    Raises:
        CorpusError: The source cannot be used, or the cache folder cannot be written.
    """
    path = cached_file(cache_dir, source)
    with _usable(cache_dir):
        opened = _load_whole(path, threads=threads)
        if opened is None:
            _make(path, Conversion(source, on_progress), notify)
            opened = load(path)  # just written and checked, by this process or by another one
    return opened


def find(source: LanguageSource, cache_dir: Path, *, threads: int = 1) -> CacheFile | None:
    """Opens the cache file of a source as `obtain` does; returns None if `obtain` would convert the source.

    Raises:
        CorpusError: The cache folder cannot be used.
    """
    with _usable(cache_dir):
        return _load_whole(cached_file(cache_dir, source), threads=threads)


def list_cache(cache_dir: Path | None = None) -> list[CacheEntry]:
    """Lists all entries of a cache folder, sorted by language, then by age, the oldest first; [] if there is no folder.

    Raises:
        CorpusError: The folder cannot be read.
    """
    folder = cache_dir or default_cache_dir()
    with _usable(folder):
        entries = [entry for path in _own_files(folder, ".arrow") if (entry := _entry(path))]
    return sorted(entries, key=lambda entry: (entry.seal.language if entry.seal else "", entry.created))


def clear_cache(cache_dir: Path | None = None) -> int:
    """Removes all cache files and all files left by killed processes; returns the number of bytes freed.

    A file that a process is writing now is not removed. Running commands can still read the files that they have
    opened.

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
    """Opens and checks the cache file `path`; returns None if it is missing or unusable, and notifies if unusable."""
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
    """Writes the cache file `path`, unless another process has written it while this process waited."""
    language = conversion.source.language
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_over(path.parent)
    waiting = f"another run is converting the rows of {language!r}: waiting for it"
    with claimed(path, on_wait=lambda: notify(waiting)) as temporary:
        if _load_whole(path, lambda flaw: notify(f"{flaw}; converting the rows of {language!r} again")):
            return
        try:
            write(temporary, conversion)
            temporary.replace(path)
        except FileNotFoundError as error:
            if str(error.filename) != str(temporary):
                raise
        else:
            flush(path.parent)
            if conversion.notice:
                notify(conversion.notice)
            return
    _make(path, conversion, notify)  # this process slept, another has taken over and removed the temporary file


def _remove_left_over(folder: Path) -> int:
    """Removes the files left by killed processes, except cache files, and returns the number of bytes freed."""
    return remove_left_over(folder, _own_files(folder, TEMPORARY)) if folder.is_dir() else 0


def _own_files(folder: Path, suffix: str) -> list[Path]:
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if _OWN_FILE.fullmatch(path.name) and path.suffix == suffix)


def _entry(path: Path) -> CacheEntry | None:
    """Makes the entry of a cache file; returns None if another process has removed the file meanwhile."""
    try:
        status = path.stat()
        seal, state = _checked_seal(path)
    except FileNotFoundError:
        return None
    created = datetime.fromtimestamp(status.st_mtime, UTC)
    return CacheEntry(path=path, file_bytes=status.st_size, created=created, seal=seal, state=state)


def _checked_seal(path: Path) -> tuple[Seal | None, State]:
    """Reads the seal of a cache file and determines the file's state; both are fields of a `CacheEntry`."""
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
    """Turns an OSError about the cache folder into a CorpusError that names the options for the cache."""
    try:
        yield
    except OSError as error:
        what_to_do = "choose another with --cache-dir DIR, or do without it with --no-cache"
        if error.errno not in NO_SPACE_ERRNOS:
            what_to_do = advice(error, what_to_do)
        raise CorpusError(f"{folder}: cannot use this cache folder ({reason(error)}); {what_to_do}") from error
