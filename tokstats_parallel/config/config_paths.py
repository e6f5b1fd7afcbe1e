"""Config paths: relative paths are looked up in the working directory, then in the config's folder (SPEC 3)."""

import os.path
from contextlib import suppress
from pathlib import Path

from tokstats_parallel.system.regular_file import irregular_kind


def candidates(name: str, config_folder: Path) -> tuple[Path, ...]:
    """Lists the absolute paths that `name` may mean, the preferred one first; only one path if `name` is absolute."""
    return tuple(dict.fromkeys((Path.cwd() / name, config_folder.absolute() / name)))


def find_file(name: str, config_folder: Path) -> Path | None:
    """Returns the first candidate path of `name` that is a file; None if no candidate is one."""
    # os.path returns False where pathlib raises: a long list of language names is no valid file name.
    return next((path for path in candidates(name, config_folder) if os.path.isfile(path)), None)  # noqa: PTH113 - see above


def find_folder(name: str, config_folder: Path) -> Path | None:
    """Returns the first candidate path of `name` that is a folder; None if no candidate is one."""
    return next((path for path in candidates(name, config_folder) if os.path.isdir(path)), None)  # noqa: PTH112 - as above


def list_candidates(name: str, config_folder: Path) -> str:
    """Joins the candidate paths of `name` for the message that none of these paths exists."""
    return " and ".join(_with_kind(path) for path in candidates(name, config_folder))


def _with_kind(path: Path) -> str:
    """Returns the path, with the kind of what is there if it is a pipe, a socket or a device instead of a file."""
    kind = None
    with suppress(OSError, ValueError):  # a name too long for a file, or with characters that no name has
        kind = irregular_kind(path)
    return f"{path}, which is {kind}" if kind else str(path)
