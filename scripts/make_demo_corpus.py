#!/usr/bin/env python3
"""Makes a small corpus of real text from files that every machine has.

The interpreter's standard library and headers, and the installed packages' sources, headers and texts, become
`python.parquet`, `cpp.parquet` and `markdown.parquet`. Files that exist already are kept.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from pathlib import Path

from tokstats_parallel.display.console import stderr_console
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.prepare.options import FolderOptions, PrepareOptions
from tokstats_parallel.prepare.run import prepare

LANGUAGES = ("python", "cpp", "markdown")
TEXT_BYTES = 30_000_000
# The METADATA of a package has its README below the header fields.
MAPPING = {".h": "cpp", ".rst": "markdown", ".txt": "markdown", "METADATA": "markdown"}


def roots() -> tuple[Path, ...]:
    """Returns the source folders that exist, each once, the standard library first."""
    names = ("stdlib", "include", "purelib", "platlib")
    folders = dict.fromkeys(Path(sysconfig.get_path(name)).resolve() for name in names)
    return tuple(folder for folder in folders if folder.is_dir())


def main(argv: list[str] | None = None) -> int:
    """Makes the corpus, and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("demo/train"), help="folder for the Parquet files")
    out: Path = parser.parse_args(argv).out
    if all((out / f"{language}.parquet").is_file() for language in LANGUAGES):
        print(f"{out}: the demo corpus is there already", file=sys.stderr)
        return 0
    options = PrepareOptions(
        languages=LANGUAGES,
        source=FolderOptions(roots=roots(), mapping=MAPPING),
        train_directory=out,
        max_bytes=TEXT_BYTES,
        # The installed packages may have changed since a run that was stopped.
        restart=True,
    )
    try:
        return prepare(options, console=stderr_console())
    except TokstatsError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
