"""What a process needs to run a shard, as a file."""

import pickle
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import CorpusHandle


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job, and what opens its corpora."""

    job: Job
    handles: dict[str, CorpusHandle]

    def write(self, path: Path) -> None:
        """Writes it."""
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def read(path: Path) -> "Prepared":
        """Reads what `write` wrote."""
        found = pickle.loads(path.read_bytes())  # noqa: S301 - written by us
        if not isinstance(found, Prepared):
            raise TypeError(f"{path}: {type(found)}")
        return found
