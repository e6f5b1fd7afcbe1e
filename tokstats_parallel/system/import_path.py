"""Import path: keeps the working folder and the caller's folder out of it, so that no file there replaces a module.

Python puts the folder of a script first into its import path, or the working folder (`-m`, `-c`, standard input, an
empty entry of PYTHONPATH). A file `random.py` or `numpy.py` there would be run in place of the module of that name.

This module imports only what every interpreter has loaded when it starts.
"""

import os
import sys

_PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - see above


def leave_out_callers_folders() -> None:
    """Removes the working folder and the script's folder from this process's import path.

    A folder that holds this package, such as a checkout that is used in place, becomes the last entry instead. Only
    the package's commands call it, because the import path of another program is not ours.
    """
    caller = _callers_folders()
    there = any(_resolved(entry) == _resolved(_PACKAGE_FOLDER) for entry in sys.path)
    sys.path[:] = [entry for entry in sys.path if _resolved(entry) not in caller]
    if there and _PACKAGE_FOLDER not in sys.path:
        sys.path.append(_PACKAGE_FOLDER)


def environment_without_callers_folders() -> dict[str, str]:
    """Returns the environment for another interpreter: PYTHONPATH has no relative entry and no folder of the caller."""
    environment = dict(os.environ)
    entries = environment.pop("PYTHONPATH", "").split(os.pathsep)
    caller = _callers_folders()
    if kept := [entry for entry in entries if os.path.isabs(entry) and _resolved(entry) not in caller]:  # noqa: PTH117 - as above
        environment["PYTHONPATH"] = os.pathsep.join(kept)
    return environment


def _callers_folders() -> set[str]:
    """Returns the folders, without links, that belong to the caller and not to an installed program."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = ["", *(entry for entry in entries if not os.path.isabs(entry))]  # noqa: PTH117 - as above
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if script:  # the folder of a link to the script, and the folder of its target
        folders += [os.path.dirname(script), os.path.dirname(_resolved(script))]  # noqa: PTH120 - as above
    return {_resolved(folder) for folder in folders}


def _resolved(path: str) -> str:
    """Returns the absolute path without links; the path itself if the working folder is gone."""
    try:
        return os.path.realpath(path)
    except OSError:
        return path
