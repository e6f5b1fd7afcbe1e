"""Script that runs the program with little memory for a merge, so that most result rows go to a temporary file."""

from functools import partial

from tokstats_parallel.commands import main
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.run import coordinator

MEMORY = 1 << 16

if __name__ == "__main__":
    coordinator.merge_and_write = partial(merge_and_write, memory=MEMORY)  # type: ignore[attr-defined]
    main.run()
