"""File with the job and the corpora that a process needs to run a shard."""

import pickle
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.handle import CorpusHandle


@dataclass(frozen=True, slots=True)
class Prepared:
    """Job, and the handles of its corpora."""

    job: Job
    handles: dict[str, CorpusHandle]

    def write(self, path: Path) -> None:
        """Writes the job and the handles to the file `path`."""
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def read(path: Path) -> "Prepared":
        """Reads the job and the handles from a file that `write` has written."""
        found = pickle.loads(path.read_bytes())  # noqa: S301 - the benchmark wrote it
        if not isinstance(found, Prepared):
            raise TypeError(f"{path}: {type(found)}")
        return found
