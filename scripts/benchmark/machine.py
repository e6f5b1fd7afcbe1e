"""Description of the machine that a benchmark runs on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil


def machine() -> dict[str, str | float]:
    """Returns processor, memory, system, versions, and the load before the benchmark."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "rustc": _first_line("rustc", "--version").removeprefix("rustc ").partition(" ")[0],
        "tokenizers": version("tokenizers"),
        "pyarrow": version("pyarrow"),
        "commit": _first_line("git", "describe", "--always", "--dirty"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _first_line(*command: str) -> str:
    """Returns the first line that a command prints; empty if there is no such command."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0]
