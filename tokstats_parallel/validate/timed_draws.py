"""Timed draws: a process runs and times a few real draws of some languages.

The draws have the parameters of the run. They use the converted rows, or the sample if the rows are not converted. For
each language the process runs three shards: several draws, timed; one distant draw, timed, which takes nearly all its
time to fill the pool; and the first third of the several draws again, to see how the number of tokens grows.
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
from tokstats_parallel.shards.run_shard import run_shard
from tokstats_parallel.validate.data import LanguageData

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FEWER_DIVISOR = 3  # tokens are also counted for fewer draws: the number of timed draws over this
_DISTANT_DRAW = 1 << 40  # no run has this draw; its texts are not in memory yet, because no other draw uses them


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedDraws:
    """Times and counts of a few draws of a language.

    Attributes:
        language: Name of the language.
        fill_seconds: Processor time of filling the pool before a shard's first draw, in seconds.
        draw_seconds: Processor time of one draw, in seconds.
        wall_seconds: Wall-clock time of all timed shards, in seconds.
        cpu_seconds: Processor time of all timed shards, in seconds.
        draws: Number of draws that `segment` counts.
        segment: Packed counts of the draws' tokens (see `partial`).
        tokens: Number of different tokens in the segment.
        fewer_tokens: Number of different tokens in the first `draws // FEWER_DIVISOR` draws.
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
    """Task for a process: times draws of one language, from the converted rows or from the sample.

    Attributes:
        language: Name of the language.
        draws: Number of draws to time.
        handle: Handle that opens the converted rows; None if the rows are not converted.
        rows: Sample in Arrow's IPC format; empty if the rows are converted.
    """

    language: str
    draws: int
    handle: CorpusHandle | None
    rows: bytes

    @classmethod
    def of(cls, data: LanguageData, draws: int) -> Self:
        """Makes the task of timing `draws` draws of the language of `data`."""
        return cls(data.language, draws, data.handle, b"" if data.handle else _serialized(data.sample.arrays))

    def open(self) -> Corpus:
        """Opens the corpus of the task: the converted rows, or the sample."""
        if self.handle:
            return open_handle(self.handle)
        with pa.ipc.open_stream(self.rows) as reader:
            chunks = [text_buffers(record_batch.column(0)) for record_batch in reader]
        column = _native.TextColumn(chunks)
        handle = CorpusHandle(language=self.language, path=Path(), cached=False, fingerprint="", rows=len(column))
        return Corpus(handle, column)


def serve(connection: "Connection[Any, Any]") -> None:
    """Runs in the process that times draws: receives a job and tasks, sends None, then one message for each task.

    The message of a task is its timing, or the text of the error that it raised.

    Raises:
        EOFError: The process of the command has ended.
        OSError: The process of the command has ended.
    """
    job, tasks = connection.recv()
    connection.send(None)
    for task in tasks:
        connection.send(_time_or_error(job, task))


def _time_or_error(job: Job, task: DrawTask) -> TimedDraws | str:
    """Returns the timing of a task, or the text of the error that the task raised."""
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
    """Runs the shard of `draws` draws from `first_draw` on; returns the processor time in seconds, and the counts."""
    start = time.process_time()
    segment: bytes = run_shard(job, Shard(corpus.name, 0, first_draw, draws), corpus).segment
    return time.process_time() - start, segment


def _serialized(arrays: Sequence[pa.Array]) -> bytes:
    """Returns the rows of all arrays in Arrow's IPC format, without the rest of buffers that arrays are slices of."""
    schema = pa.schema([(TEXT, pa.large_string())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for array in arrays:
            writer.write_batch(pa.record_batch([array], schema=schema))
    return bytes(sink.getvalue())
