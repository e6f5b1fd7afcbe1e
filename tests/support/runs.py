"""Small runs for tests: corpora in a folder, a job with these corpora, and an observer of the run.

The module is also a script that runs a job with two workers, and that a test kills: `runs.py FOLDER OUTPUT BATCHES
SHARD_DRAWS`. The script prints `working PID PID` when the workers have started, and `finished SHARD` after each shard.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import psutil
from support.corpora import write_parquet
from support.paths import ROOT, TESTS
from support.sampling import changed

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.coordinator import collect
from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.workers_and_memory import choose_threads

LANGUAGES = ("python", "markdown")
SPECIAL_TOKENS = (("<unk>", 0), ("<s>", 1), ("</s>", 2))

# The golden vectors depend on these words and on `text_rows`.
WORDS = (  # noqa: SIM905 - word lists read best as text
    "def return self value_1 == 0x1F don't we're '' привет Straße naïve 汉字 ひらがな 한국어 हिन्दी مرحبا שלום "
    "👩‍👩‍👧 e\u0301 ½ Ⅷ { } ( ) // # internationalization aaaaaaaaaaaaaaaaaaaa"
).split()
BLANKS = (" ", " ", " ", "\n", "\n    ", "\t", "  ", "\u3000", "\r\n")


def text_rows(language: str, rows: int = 40) -> list[str]:
    """Returns rows with words of many scripts, which depend on the language only, not on the machine."""
    state = zlib.crc32(language.encode())

    def below(bound: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % bound

    return [
        "".join(WORDS[below(len(WORDS))] + BLANKS[below(len(BLANKS))] for _ in range(below(30))) for _ in range(rows)
    ]


SMALL = Job(
    num_batches=150,
    seed=42,
    languages=tuple(Language(language, 1.0) for language in LANGUAGES),
    train_directory=Path("/nowhere"),
    reference=Reference("</s>", SPECIAL_TOKENS),
    texts=TextRule(span=96, pack=True, crop=True, eos="</s>"),
    pools=1,
    pool_size=PoolSize(batch_texts=4, batches=3),
    vocabulary=VocabularyLaw(
        size_mean=500.0, size_std=20.0, size_min=400, size_max=600, noise_mean=1e-3, noise_std=1.0
    ),
)


def small_job(**changes: Any) -> Job:
    """Returns a job without corpora, with the changes of `changed`; without changes a batch takes a millisecond."""
    return changed(SMALL, **changes)


def make_job(folder: Path, languages: Sequence[str] = LANGUAGES, **changes: Any) -> Job:
    """Writes new corpora to `folder`; returns a small job with these corpora."""
    for language in languages:
        write_parquet(folder / f"{language}.parquet", text_rows(language))
    named = tuple(Language(language, 1.0) for language in languages)
    return small_job(languages=named, train_directory=folder, **changes)


def make_setup(job: Job, parts: Path) -> RunSetup:
    """Returns the setup of the workers for `job`; partials go to the new folder `parts`."""
    from tokstats_parallel.corpus.corpus import open_corpus  # noqa: PLC0415 - a helper of few tests

    parts.mkdir()
    corpora = {
        language.name: open_corpus(job.train_directory, language.name, cache_dir=cache_of(job)).handle
        for language in job.languages
    }
    return RunSetup(job=job, job_digest=job.digest(), corpora=corpora, partials_folder=parts)


def cache_of(job: Job) -> Path:
    return job.train_directory / "cache"


class Watch:
    """Observer of a run that remembers the events of the run."""

    def __init__(self) -> None:
        self.saved: set[Shard] = set()
        self.pids: list[int] = []
        self.done: list[Shard] = []
        self.notes: list[str] = []

    def note(self, line: str) -> None:
        self.notes.append(line)

    def converting(self, language: str, done: int, total: int) -> None:
        assert 0 <= done <= total, language

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        assert set(saved) <= set(shards)
        self.saved = set(saved)

    def working(self, pids: Sequence[int]) -> None:
        self.pids = list(pids)

    def finished(self, shard: Shard) -> None:
        self.done.append(shard)

    def merging(self) -> None:
        pass


class Tell(Watch):
    """Observer that prints the events that the test waits for before it kills the run."""

    def working(self, pids: Sequence[int]) -> None:
        print("working", *pids, flush=True)  # noqa: T201 - the test reads it

    def finished(self, shard: Shard) -> None:
        print("finished", shard, flush=True)  # noqa: T201 - the test reads it


_numbers = count()


def run(job: Job, output: Path | OutputPaths | None = None, *, watch: Watch | None = None, **options: Any) -> Collected:
    """Runs a job on this machine, by default with one worker; the other `options` are those of `collect`.

    Without `output`, the result goes to a new folder beside the data.
    """
    if output is None:
        folder = job.train_directory / f"result-{next(_numbers)}"
        folder.mkdir()
        output = folder / "out.json"
    workers = options.pop("workers", 1)  # workers of the local engine, unless the options name another engine
    defaults: dict[str, Any] = {
        "engine": LocalEngine(workers),
        "threads": choose_threads(workers),
        "cache_dir": cache_of(job),
    }
    paths = OutputPaths.of(output) if isinstance(output, Path) else output
    return collect(job, observer=watch or Watch(), output=paths, **(defaults | options))


def sha256s(output: Path) -> tuple[str, str]:
    """Returns the SHA-256 of the JSON file and of the Parquet file of a result."""
    paths = (output, output.with_suffix(".parquet"))
    of_json, of_parquet = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return of_json, of_parquet


def counts_of(collected: Collected) -> dict[str, int]:
    """Returns token -> count from the JSON file of a result, in the order of the file."""
    counts: dict[str, int] = json.loads(collected.output.json.read_bytes())
    return counts


@contextmanager
def limited(kind: int, amount: int) -> Iterator[None]:
    """Sets a limit of the system for this process inside the `with` block."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (amount, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def largest_file(size: int) -> AbstractContextManager[None]:
    """Limits the size of files to `size` bytes inside the `with` block, as if the disk were full."""
    return limited(resource.RLIMIT_FSIZE, size)


def without_threads() -> AbstractContextManager[object]:
    """Makes the start of a Python thread fail inside the `with` block, as if the system allowed no further thread."""
    return patch.object(Thread, "start", side_effect=RuntimeError("can't start new thread"))


def victim(job: Job, output: Path, shard_draws: int) -> subprocess.Popen[str]:
    """Starts this module as a script, with the folder and the number of batches of `job`."""
    arguments = (job.train_directory, output, job.num_batches, shard_draws)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(ROOT)])}
    return subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_of(process: subprocess.Popen[str]) -> str:
    """Reads one further line from the stdout of a process."""
    assert process.stdout is not None
    return process.stdout.readline()


def pids_of(process: subprocess.Popen[str]) -> list[int]:
    """Returns the ids of the worker processes of a victim, from the first line that it prints."""
    word, *pids = line_of(process).split() or ["nothing"]
    assert word == "working", process.communicate()
    return list(map(int, pids))


def alive(pids: Sequence[int]) -> list[int]:
    """Returns the ids of the processes that still run; a zombie does not run."""
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def main(folder: Path, output: Path, batches: int, shard_draws: int) -> None:
    job = make_job(folder, num_batches=batches)
    run(job, output, watch=Tell(), workers=2, shard_draws=shard_draws)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
