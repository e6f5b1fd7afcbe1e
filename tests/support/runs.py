"""Small runs for tests: corpora in a folder, a job over them, and somebody who watches.

As a script it is a run to be killed: `runs.py FOLDER OUTPUT BATCHES SHARD_DRAWS` collects with two workers. It
prints `working PID PID` when they are there, and `finished SHARD` after each shard.
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
from tokstats_parallel.engines.interface import RunTask
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
    """Rows of words of many scripts: the same on every machine, others for every language."""
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
    """A job without corpora, which takes a millisecond a batch without changes; see `changed` for their names."""
    return changed(SMALL, **changes)


def make_job(folder: Path, languages: Sequence[str] = LANGUAGES, **changes: Any) -> Job:
    """A small job over new corpora in `folder`."""
    for language in languages:
        write_parquet(folder / f"{language}.parquet", text_rows(language))
    named = tuple(Language(language, 1.0) for language in languages)
    return small_job(languages=named, train_directory=folder, **changes)


def make_task(job: Job, parts: Path) -> RunTask:
    """What a worker needs for `job`, with partials in the new folder `parts`."""
    from tokstats_parallel.corpus.corpus import open_corpus  # noqa: PLC0415 - a helper of few tests

    parts.mkdir()
    corpora = {
        language.name: open_corpus(job.train_directory, language.name, cache_dir=cache_of(job)).handle
        for language in job.languages
    }
    return RunTask(job=job, job_digest=job.digest(), corpora=corpora, partials_folder=parts)


def cache_of(job: Job) -> Path:
    return job.train_directory / "cache"


class Watch:
    """Hears how a run goes on, and remembers it."""

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
    """Prints what the killer waits for."""

    def working(self, pids: Sequence[int]) -> None:
        print("working", *pids, flush=True)  # noqa: T201 - the killer reads it

    def finished(self, shard: Shard) -> None:
        print("finished", shard, flush=True)  # noqa: T201 - the killer reads it


_numbers = count()


def run(job: Job, output: Path | OutputPaths | None = None, *, watch: Watch | None = None, **options: Any) -> Collected:
    """Collects on this machine, by one worker unless the options say otherwise; other `options` are those of `collect`.

    Without an output the result goes to a folder of its own beside the data.
    """
    if output is None:
        folder = job.train_directory / f"result-{next(_numbers)}"
        folder.mkdir()
        output = folder / "out.json"
    workers = options.pop("workers", 1)  # of a local engine, where the options name none
    defaults: dict[str, Any] = {
        "engine": LocalEngine(workers),
        "threads": choose_threads(workers),
        "cache_dir": cache_of(job),
    }
    paths = OutputPaths.of(output) if isinstance(output, Path) else output
    return collect(job, observer=watch or Watch(), output=paths, **(defaults | options))


def sha256s(output: Path) -> tuple[str, str]:
    """Of the JSON and of the Parquet."""
    paths = (output, output.with_suffix(".parquet"))
    of_json, of_parquet = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return of_json, of_parquet


def counts_of(collected: Collected) -> dict[str, int]:
    """Those of the JSON, in its order."""
    counts: dict[str, int] = json.loads(collected.output.json.read_bytes())
    return counts


@contextmanager
def limited(kind: int, amount: int) -> Iterator[None]:
    """Under a limit of the system for this process."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (amount, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def largest_file(size: int) -> AbstractContextManager[None]:
    """As if the disk were full after so many bytes of a file."""
    return limited(resource.RLIMIT_FSIZE, size)


def without_threads() -> AbstractContextManager[object]:
    """As if the system allowed this process no more threads of Python."""
    return patch.object(Thread, "start", side_effect=RuntimeError("can't start new thread"))


def victim(job: Job, output: Path, shard_draws: int) -> subprocess.Popen[str]:
    """A process that runs `make_job`'s job with the batches of `job`."""
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
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def pids_of(process: subprocess.Popen[str]) -> list[int]:
    """The workers of a victim that has just been started."""
    word, *pids = line_of(process).split() or ["nothing"]
    assert word == "working", process.communicate()
    return list(map(int, pids))


def alive(pids: Sequence[int]) -> list[int]:
    """Those of the processes that still run; a zombie, which only waits to be asked for, does not."""
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
