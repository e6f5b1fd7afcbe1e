"""Temporary folders, in the folder for temporary files of the user (TMPDIR) or of the system."""

import tempfile
from pathlib import Path

from tokstats_parallel.errors import OutputError, reason

REMEDY = "set TMPDIR to a folder that can be written and has room"


def new_temporary_folder() -> Path:
    """Makes a folder for temporary files, which the caller removes.

    Raises:
        OutputError: No folder for temporary files can be written.
    """
    try:
        return Path(tempfile.mkdtemp(prefix="tokstats-"))
    except FileNotFoundError as error:  # Python has tried some folders, and none can be written
        raise OutputError(f"no folder for temporary files can be written; {REMEDY}") from error
    except OSError as error:
        raise OutputError(
            f"{error.filename}: cannot be made for temporary files ({reason(error)}); {REMEDY}"
        ) from error
