"""Final files of `prepare`, known by their content, so that a file of somebody else is never replaced.

A final file's Parquet footer has the offset at which the file's rows end. The footer of a file that somebody has
written anew says something else, even if it has taken over our key.
"""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.manifest import is_unchanged
from tokstats_parallel.prepare.writer import ROWS_END_KEY, SealedFile
from tokstats_parallel.system.links import end_of_links
from tokstats_parallel.system.regular_file import irregular_kind

_FOOTER_END_BYTES = 8


def refuse_foreign(path: Path, known: SealedFile | None) -> None:
    """Checks, before any row is read, that `path` can be made or replaced.

    Args:
        path: Path of a final file; it may not exist.
        known: Content of the file when an earlier run made it; None if that is not known.

    Raises:
        PrepareError: The path holds something that `prepare` has not made, or that was changed since, or its folder
            cannot be written.
        OSError: The path is a link in a circle.
    """
    folder = end_of_links(path).parent
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        what = "cannot be written" if folder.is_dir() else "is no folder"
        raise PrepareError(f"{path}: its folder {folder} {what}; mend this, or give another folder")
    if not path.exists() or is_own(path):
        return
    # Versions before 0.2 put no offset into the footer.
    if known is None or not is_unchanged(path, known):
        raise PrepareError(f"{path}: not made by this command, or changed since; move it away, or give another folder")


def is_own(path: Path) -> bool:
    """Returns whether `path` is a final file as `prepare` has written it."""
    try:
        if irregular_kind(path):
            return False
        with path.open("rb") as file:  # Arrow itself opens no path that is not UTF-8
            footer = pq.read_metadata(file)
        rows_end = path.stat().st_size - footer.serialized_size - _FOOTER_END_BYTES
    except (OSError, pa.ArrowException):
        return False
    return (footer.metadata or {}).get(ROWS_END_KEY) == str(rows_end).encode()
