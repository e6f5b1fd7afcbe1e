"""Chromium and its driver, as `scripts/chromium_for_tests.sh` unpacked them, or else as they are installed."""

import os
import shutil
from pathlib import Path

UNPACKED = Path(__file__).resolve().parents[1] / ".chromium"
_PROGRAMS = {"chromium": "usr/lib/chromium/chromium", "chromedriver": "usr/bin/chromedriver"}
_LIBRARIES = ("usr/lib/*-linux-gnu", "lib/*-linux-gnu", "usr/lib/*-linux-gnu/pulseaudio")


def find(name: str) -> str | None:
    """Returns the path of `chromium` or `chromedriver`; None if there is none."""
    for folder in (UNPACKED, Path("/")):
        if (path := folder / _PROGRAMS[name]).is_file():
            return str(path)
    return shutil.which(name)


def why_missing() -> str:
    """Returns why there is none, or how to get it."""
    reason = UNPACKED / "missing"
    return reason.read_text("utf-8").strip() if reason.exists() else "scripts/chromium_for_tests.sh gets it"


def environment() -> dict[str, str]:
    """Returns the environment in which an unpacked Chromium finds the libraries and fonts that came with it."""
    libraries = [str(path) for pattern in _LIBRARIES for path in UNPACKED.glob(pattern)]
    fonts = {"FONTCONFIG_SYSROOT": str(UNPACKED)} if (UNPACKED / "etc/fonts").is_dir() else {}
    return os.environ | ({"LD_LIBRARY_PATH": os.pathsep.join(libraries)} if libraries else {}) | fonts
