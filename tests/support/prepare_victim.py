"""Script that runs `prepare` with a double of the hub, and that a test kills: `prepare_victim.py HUB OUT`.

Prints `begins` when all modules are imported, so that the test does not kill it before `prepare` begins.
"""

import sys
from pathlib import Path

from support.hub_double import folder_hub

from tokstats_parallel.display.console import stderr_console
from tokstats_parallel.prepare import collect_language, writer
from tokstats_parallel.prepare.options import HubOptions, PrepareOptions
from tokstats_parallel.prepare.report import PrepareReport
from tokstats_parallel.prepare.run import prepare
from tokstats_parallel.prepare.sources import parquet


def main(hub: Path, out: Path) -> int:
    collect_language.PART_BYTES = 40_000
    parquet.CHUNK_ROWS = 50
    writer.GROUP_ROWS = 200
    options = PrepareOptions(
        languages=("python", "go"),
        source=HubOptions(),
        train_directory=out / "train",
        valid_directory=out / "valid",
        max_rows=2_000,
        valid_percent=5,
    )
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    return prepare(options, hub=folder_hub(hub), report=PrepareReport(stderr_console()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
