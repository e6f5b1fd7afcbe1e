"""Working folder: paths that the user types are looked up in it, so it must be there."""

import os

from tokstats_parallel.errors import TokstatsError


def require_working_folder() -> None:
    """Raises TokstatsError if the working folder has been removed, which makes every relative path meaningless."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib takes long to load, and `--version` must not wait
    except FileNotFoundError as error:
        raise TokstatsError("the working folder of this process is gone; change to a folder that is there") from error
    except OSError as error:
        raise TokstatsError(f"the working folder cannot be read ({error.strerror}); change to another one") from error
