"""Links: where a path leads that names a symbolic link, so that the link stays and its target is replaced."""

import errno
import os
from pathlib import Path

_MOST_LINKS = 40
"""Number of links, one after the other, that Linux follows."""


def end_of_links(path: Path) -> Path:
    """Returns the path without links that `path` leads to; `path` itself if it is no link. The file need not exist.

    A link of the system to an open file of a process (`/proc/self/fd/1`, to which `/dev/stdout` leads) is not followed:
    the file at its end is open, so nobody would see it replaced.

    Raises:
        OSError: The links lead in a circle; `filename` is `path`.
    """
    place = path
    for _ in range(_MOST_LINKS):
        if not place.is_symlink() or is_open_file(place):
            return place if place is path else without_links(place.parent) / place.name
        place = place.parent / place.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def is_open_file(path: Path) -> bool:
    """Tells whether the path is a link of the system to an open file of a process."""
    return path.is_symlink() and without_links(path.parent).parts[:2] == ("/", "proc")


def leads_nowhere(path: Path) -> bool:
    """Tells whether a path is a link whose target is missing, or a link in a circle."""
    return path.is_symlink() and not path.exists()


def without_links(path: Path) -> Path:
    """Returns the absolute path without links; links in a circle stay, where `Path.resolve` raises another error."""
    return Path(os.path.realpath(path))
