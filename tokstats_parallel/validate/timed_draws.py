"""What a measuring process does: a few real draws of some languages, timed.

It draws with the run's own parameters, from the converted rows, or from the sample where they are not converted. For a
language it runs three shards: one of some draws, timed; one draw far away, timed, which is nearly all filling of the
pool; and the beginning of the first shard again, to see how fast the number of tokens grows.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.conversion import chunk
from tokstats_parallel.corpus.corpus import Corpus, CorpusHandle, open_handle
from tokstats_parallel.corpus.readers import TEXT
from tokstats_parallel.engines.local.process import shield
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.worker import run_shard
from tokstats_parallel.validate.data import LanguageData

FEWER = 3  # the tokens are counted after this part of the draws, too
_FAR = 1 << 40  # no run comes here: these texts are not those of the first shard, so they are not in memory yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a few draws of a language took and gave.

    Attributes:
        language: Its name.
        fill_seconds: Processor time of filling the pool, before a shard's first draw.
        draw_seconds: Processor time of a draw.
        wall_seconds: All that was timed, by the clock on the wall.
        cpu_seconds: The same in processor time.
        draws: The draws of which `run` is.
        run: Their run (see `partial`).
        tokens: Its number of tokens.
        fewer_tokens: That after `draws // FEWER` draws.
    """

    language: str
    fill_seconds: float
    draw_seconds: float
    wall_seconds: float
    cpu_seconds: float
    draws: int
    run: bytes
    tokens: int
    fewer_tokens: int


@dataclass(frozen=True, slots=True)
class Task:
    """A language to measure, its rows by handle or by value.

    Attributes:
        language: Its name.
        draws: The draws to time.
        handle: Opens the converted rows.
        rows: An Arrow stream of the sample where there is no handle.
    """

    language: str
    draws: int
    handle: CorpusHandle | None
    rows: bytes

    @classmethod
    def of(cls, data: LanguageData, draws: int) -> Self:
        """The task of timing so many draws."""
        return cls(data.language, draws, data.handle, b"" if data.handle else _stream(data.sample.blocks))

    def open(self) -> Corpus:
        """The rows."""
        if self.handle:
            return open_handle(self.handle)
        with pa.ipc.open_stream(self.rows) as stream:
            chunks = [chunk(batch.column(0)) for batch in stream]
        column = _native.TextColumn(chunks)
        handle = CorpusHandle(language=self.language, path=Path(), cached=False, fingerprint="", rows=len(column))
        return Corpus(handle, column)


def serve(connection: Any, job: Job, tasks: Sequence[Task]) -> None:  # noqa: ANN401 - multiprocess has no types
    """Sends None when it has begun, then a timing for each task, or what went wrong."""
    shield()
    with suppress(ConnectionError):  # the coordinator has ended
        connection.send(None)
        for task in tasks:
            connection.send(_attempt(job, task))


def _attempt(job: Job, task: Task) -> Timing | str:
    """The task's timing, or what went wrong."""
    try:
        return _timed(job, task)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user must hear of it
        return f"{task.language}: {type(error).__name__}: {error}"


def _timed(job: Job, task: Task) -> Timing:
    corpus = task.open()
    draws = task.draws
    wall = time.perf_counter()
    seconds, run = _shard(job, corpus, 0, draws)
    fill_and_draw, _ = _shard(job, corpus, _FAR, 1)
    wall = time.perf_counter() - wall
    _, beginning = _shard(job, corpus, 0, draws // FEWER)
    draw = max(0.0, seconds - fill_and_draw) / (draws - 1) if draws > 1 else 0.0
    return Timing(
        language=task.language,
        fill_seconds=fill_and_draw - draw,
        draw_seconds=draw,
        wall_seconds=wall,
        cpu_seconds=seconds + fill_and_draw,
        draws=draws,
        run=run,
        tokens=len(_native.read_run(run)),
        fewer_tokens=len(_native.read_run(beginning)),
    )


def _shard(job: Job, corpus: Corpus, first_draw: int, draws: int) -> tuple[float, bytes]:
    """A shard's processor time, and its run."""
    start = time.process_time()
    run: bytes = run_shard(job, Shard(corpus.name, 0, first_draw, draws), corpus).run
    return time.process_time() - start, run


def _stream(blocks: Sequence[pa.Array]) -> bytes:
    """Rows as an Arrow stream, which holds nothing of what a block was cut from."""
    schema = pa.schema([(TEXT, pa.large_string())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        for block in blocks:
            stream.write_batch(pa.record_batch([block], schema=schema))
    return bytes(sink.getvalue())
