"""Timed draws: the work of a measuring process, a few real draws of some languages.

The draws have the parameters of the run, and the converted rows, or the sample where rows are not converted. Three
shards are run for a language: one of some draws, timed; one distant draw, timed, which is nearly all filling of the
pool; and the beginning of the first shard again, for the growth of the number of tokens.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.arrow_text import text_buffers
from tokstats_parallel.corpus.corpus import Corpus, CorpusHandle, open_handle
from tokstats_parallel.corpus.readers import TEXT
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.worker import run_shard
from tokstats_parallel.validate.data import LanguageData

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FEWER_DIVISOR = 3  # the tokens are also counted after this part of the draws
_DISTANT_DRAW = 1 << 40  # beyond any run: its texts are not those of the first shard, so they are not in memory yet


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedDraws:
    """Times and counts of a few draws of a language.

    Attributes:
        language: Name of the language.
        fill_seconds: Processor time of filling the pool, before a shard's first draw.
        draw_seconds: Processor time of a draw.
        wall_seconds: Wall-clock time of everything timed.
        cpu_seconds: Processor time of everything timed.
        draws: Number of draws in `segment`.
        segment: Counts of the draws (see `partial`).
        tokens: Number of tokens in the segment.
        fewer_tokens: Number of tokens after `draws // FEWER_DIVISOR` draws.
    """

    language: str
    fill_seconds: float
    draw_seconds: float
    wall_seconds: float
    cpu_seconds: float
    draws: int
    segment: bytes
    tokens: int
    fewer_tokens: int


@dataclass(frozen=True, slots=True)
class DrawTask:
    """Language to time, with its rows by handle or by value.

    Attributes:
        language: Name of the language.
        draws: Number of draws to time.
        handle: Opens the converted rows; None where they are not converted.
        rows: Sample as an Arrow stream where there is no handle; else empty.
    """

    language: str
    draws: int
    handle: CorpusHandle | None
    rows: bytes

    @classmethod
    def of(cls, data: LanguageData, draws: int) -> Self:
        """Makes the task of timing so many draws."""
        return cls(data.language, draws, data.handle, b"" if data.handle else _stream(data.sample.blocks))

    def open(self) -> Corpus:
        """Opens the rows."""
        if self.handle:
            return open_handle(self.handle)
        with pa.ipc.open_stream(self.rows) as stream:
            chunks = [text_buffers(batch.column(0)) for batch in stream]
        column = _native.TextColumn(chunks)
        handle = CorpusHandle(language=self.language, path=Path(), cached=False, fingerprint="", rows=len(column))
        return Corpus(handle, column)


def serve(connection: "Connection[Any, Any]") -> None:
    """Receives a job and tasks; sends None at the start, then a timing, or the message of an error, for each task.

    Raises:
        EOFError: The coordinator has ended.
        OSError: The coordinator has ended.
    """
    job, tasks = connection.recv()
    connection.send(None)
    for task in tasks:
        connection.send(_time_or_error(job, task))


def _time_or_error(job: Job, task: DrawTask) -> TimedDraws | str:
    """Returns the timing of a task, or the message of its error."""
    try:
        return _time(job, task)
    except Exception as error:  # noqa: BLE001 - any error is reported to the user
        return f"{task.language}: {type(error).__name__}: {error}"


def _time(job: Job, task: DrawTask) -> TimedDraws:
    corpus = task.open()
    draws = task.draws
    wall = time.perf_counter()
    seconds, segment = _time_shard(job, corpus, 0, draws)
    fill_and_draw, _ = _time_shard(job, corpus, _DISTANT_DRAW, 1)
    wall = time.perf_counter() - wall
    _, fewer = _time_shard(job, corpus, 0, draws // FEWER_DIVISOR)
    draw = max(0.0, seconds - fill_and_draw) / (draws - 1) if draws > 1 else 0.0
    return TimedDraws(
        language=task.language,
        fill_seconds=fill_and_draw - draw,
        draw_seconds=draw,
        wall_seconds=wall,
        cpu_seconds=seconds + fill_and_draw,
        draws=draws,
        segment=segment,
        tokens=len(_native.read_segment(segment)),
        fewer_tokens=len(_native.read_segment(fewer)),
    )


def _time_shard(job: Job, corpus: Corpus, first_draw: int, draws: int) -> tuple[float, bytes]:
    """Runs a shard; returns its processor time and its segment of counts."""
    start = time.process_time()
    segment: bytes = run_shard(job, Shard(corpus.name, 0, first_draw, draws), corpus).segment
    return time.process_time() - start, segment


def _stream(blocks: Sequence[pa.Array]) -> bytes:
    """Serializes rows as an Arrow stream, without the rest of the arrays that they are slices of."""
    schema = pa.schema([(TEXT, pa.large_string())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        for block in blocks:
            stream.write_batch(pa.record_batch([block], schema=schema))
    return bytes(sink.getvalue())
