"""Shell for commands of the documentation: in its environment, `tokstats` is the program of this checkout."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

_LEFT_OUT = ("PARALLEL", "SLURM_", "TOKSTATS")


def shell_environment(home: Path, programs: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns the environment of a shell that finds programs as a user's shell would.

    Args:
        home: New folder for what programs keep of their user, and for the programs.
        programs: Name of a program beside `tokstats` -> its path.
    """
    tools, agreements = home / "tools", home / ".parallel"
    for folder in (tools, agreements):
        folder.mkdir(parents=True)
    for name, path in (programs or {}).items():
        (tools / name).symlink_to(path)
    path = shlex.quote(os.pathsep.join(filter(None, sys.path)))
    python = f"PYTHONPATH={path} exec {shlex.quote(sys.executable)}"
    (tools / "tokstats").write_text(f'#!/bin/sh\n{python} -m tokstats_parallel "$@"\n', "utf-8")
    (tools / "tokstats").chmod(0o755)
    (agreements / "will-cite").touch()  # without it, GNU parallel asks scripts, too, to cite it
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return kept | {"PATH": os.pathsep.join([str(tools), kept["PATH"]]), "PARALLEL_HOME": str(agreements)}
