"""Conversion claims: of all processes on all machines that share a cache folder, one converts a source.

The holder of a claim (see `system.claims`) writes a temporary file with its own name in it, `tokstats-D.WRITER.tmp`,
and renames it. So two processes that convert the same source, because one was suspended, do only double work. A claim
is removed at any end but a kill, and a temporary file is left over if no living holder has its name.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.holder import held
from tokstats_parallel.system.claims.life import Life, Look, look
from tokstats_parallel.system.claims.taking import Limits, Taking
from tokstats_parallel.system.file_lock import remove_if_unlocked

TEMPORARY = ".tmp"

_NAME = re.compile(r"tokstats-[0-9a-f]{32}")
_SILENCE = 600.0
"""Age in seconds from which a beat counts as old; far more than clocks of machines differ."""


@contextmanager
def claimed(path: Path, *, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Waits until no other process converts the cache file `path`; then claims it during the `with` statement.

    Args:
        path: Path of the cache file.
        on_wait: Called once before this process waits.

    Yields:
        Path of the temporary file to write; it is removed at the end unless it was renamed.

    Raises:
        OSError: The folder cannot be read or written.
    """
    folder, name = path.parent, path.stem
    taking = Taking(
        folder=folder, name=name, what=str(path), limits=Limits(), on_wait=lambda _claim: on_wait(), patient=True
    )
    with held(taking, on_lost=None) as holder:
        temporary = path.with_suffix(f".{holder.writer}{TEMPORARY}")
        try:
            yield temporary
        finally:
            with suppress(OSError):  # how the conversion ended is more important
                temporary.unlink(missing_ok=True)
                if not holder.lost:
                    claim_file.remove(folder, name, holder.generation)


def remove_left_over(folder: Path, temporaries: list[Path]) -> int:
    """Removes the temporary files and the claims of processes that convert no more; returns the number of bytes freed.

    Args:
        folder: Cache folder.
        temporaries: Temporary files in the folder, listed before this call: a file has a claim before it is made.

    Raises:
        OSError: A file cannot be read or removed.
    """
    looks = _looks(folder)
    freed = 0
    for path in temporaries:
        name, _, writer = path.name.removesuffix(TEMPORARY).partition(".")
        if not (name in looks and _may_write(looks[name], writer)):
            freed += remove_if_unlocked(path)  # earlier versions lock the file, and have no claim
    return freed


def _looks(folder: Path) -> dict[str, Look]:
    """Looks at the claims of the folder; removes those whose holders have ended or died, and returns the others."""
    looks = {}
    for name, generation in claim_file.highest_generations(folder).items():
        if _NAME.fullmatch(name) and (seen := look(claim_file.path_of(folder, name, generation), _SILENCE)):
            if seen.life is Life.BEATING:
                looks[name] = seen
            else:
                claim_file.remove(folder, name, generation)
    return looks


def _may_write(seen: Look, writer: str) -> bool:
    """Tells whether a holder, who lives, may be the writer of a temporary file."""
    return seen.claim is None or seen.claim.writer == writer
