"""Imports of a child process: this package from the place where the coordinator has it, and nothing of the caller.

A child has the import path of a new interpreter, without the working folder and the caller's folder. Modules that the
child needs and does not find there, because the coordinator's import path has been changed, are looked for at the end.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_PACKAGE = "tokstats_parallel"
LIBRARIES = ("numpy", "pyarrow")
"""Libraries that a child may import; a test compares them with what a child has imported."""

RECEIVE = f"""
import os, sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from multiprocessing.connection import Connection
connection = Connection(0)
try:
    package, folders = connection.recv()
except (EOFError, OSError):
    os._exit(1)
sys.path += dict.fromkeys(folder for name, folder in folders.items() if find_spec(name) is None)
spec = spec_from_file_location({_PACKAGE!r}, package, submodule_search_locations=[os.path.dirname(package)])
sys.modules[{_PACKAGE!r}] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[{_PACKAGE!r}])
"""
"""Beginning of a child's program: standard input is the connection, and its first message is that of `imports`."""


def imports(target: Callable[..., None], libraries: Sequence[str] = ()) -> tuple[str, dict[str, str]]:
    """Returns the file of this package, and name -> folder of other modules that a child with `target` imports.

    Args:
        target: Function that the child runs.
        libraries: Libraries that the child may import besides `LIBRARIES`.
    """
    names = dict.fromkeys((*LIBRARIES, *libraries, target.__module__.partition(".")[0]))
    package = sys.modules[_PACKAGE].__file__ or ""
    return package, {name: folder for name in names if name != _PACKAGE and (folder := _folder(name))}


def _folder(name: str) -> str | None:
    """Returns the folder in which this process finds a module; None if it finds none."""
    spec = None
    with suppress(ImportError, ValueError, AttributeError):  # the caller's finder, or a module without a specification
        spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    place = next(iter(spec.submodule_search_locations or ()), spec.origin if spec.has_location else None)
    return str(Path(place).parent.absolute()) if place else None
