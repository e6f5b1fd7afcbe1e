"""`tokstats cache`: lists or removes the converted corpora."""

from pathlib import Path

from tokstats_parallel.corpus.cache import CacheEntry, clear_cache, default_cache_dir, list_cache
from tokstats_parallel.display.console import excuse_stdout, stdout_console
from tokstats_parallel.system.wording import size_text


def run_list(cache_dir: Path | None) -> int:
    """Prints a line for every corpus in the cache, and the size of all; returns the exit code.

    Args:
        cache_dir: Folder of the cache; None takes the user's cache.
    """
    console = stdout_console()
    entries = list_cache(cache_dir)
    for entry in entries:
        console.put(_described(entry))
    size = sum(entry.file_bytes for entry in entries)
    console.put(f"{len(entries)} converted corpora, {size_text(size)}, in {cache_dir or default_cache_dir()}")
    return 0


def run_clear(cache_dir: Path | None) -> int:
    """Removes every corpus from the cache, and prints how many bytes that freed; returns the exit code.

    Args:
        cache_dir: Folder of the cache; None takes the user's cache.
    """
    freed = clear_cache(cache_dir)
    stdout_console().put(f"{size_text(freed)} freed in {cache_dir or default_cache_dir()}")
    excuse_stdout("the cache is cleared")
    return 0


def _described(entry: CacheEntry) -> str:
    seal = entry.seal
    language, rows, source = (seal.language, f"{seal.rows:,}", seal.source) if seal else ("?", "?", entry.path)
    size, created = size_text(entry.file_bytes), f"{entry.created.astimezone():%Y-%m-%d %H:%M}"
    return f"{language:<16} {rows:>12} rows {size:>12}  {created}  {entry.state:<10} {source}"
