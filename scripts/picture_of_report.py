#!/usr/bin/env python3
"""Makes a picture of the first screen of a report with Chromium, in light colours: picture_of_report.py RESULT."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import chromium

from tokstats_parallel import write_report
from tokstats_parallel.errors import TokstatsError

WIDTH, HEIGHT = 1280, 900
MOST_BYTES = 200_000
SECONDS = 60.0
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def main(argv: Sequence[str] | None = None) -> int:
    """Makes the picture, and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("result", type=Path, help="JSON of a result")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/report.png"), help="the picture")
    options = parser.parse_args(argv)
    try:
        take(options.result, options.output)
    except (TokstatsError, OSError, subprocess.SubprocessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")
    return 0


def take(result: Path, output: Path) -> None:
    """Takes the picture of the report about a result.

    Raises:
        OSError: There is no Chromium, or the picture has too many bytes for a page that shows it.
        ResultError: The result cannot be read.
        subprocess.SubprocessError: Chromium failed, or took too long.
    """
    program = chromium.find("chromium")
    if not program:
        raise OSError(f"no chromium: {chromium.why_missing()}")
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "report.html", Path(folder) / "report.png"
        write_report(result, output_file=page)
        own = (f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}")
        command = [program, *_OPTIONS, *own, page.as_uri()]
        subprocess.run(command, env=chromium.environment(), check=True, capture_output=True, timeout=SECONDS)
        taken = picture.read_bytes()
    if len(taken) > MOST_BYTES:
        raise OSError(f"the picture has {len(taken):,} bytes, more than {MOST_BYTES:,}")
    output.write_bytes(taken)


if __name__ == "__main__":
    sys.exit(main())
