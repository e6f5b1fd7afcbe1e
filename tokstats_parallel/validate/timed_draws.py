"""Timed draws: a process runs and times a few real draws of some languages.

The draws have the parameters of the run. They use the converted rows, or the sample if the rows are not converted. For
each language the process runs four shards, each of which fills its pool: one distant draw, after which the memory of
the process is as in a worker that has run for a while; another distant draw, timed, which takes nearly all its time to
fill the pool; several draws, timed; and the first third of these again, to see how the number of tokens grows.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.arrow_text import text_buffers
from tokstats_parallel.corpus.corpus import Corpus, open_handle
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.corpus.text_column import TEXT
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import keep_memory, run_shard
from tokstats_parallel.validate.data import LanguageData
from tokstats_parallel.validate.token_growth import FEWER_DIVISOR, TokenGrowth

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_DISTANT_DRAW = 1 << 40  # no run has this draw; its texts are not in memory yet, because no other draw uses them
_DISTANT_TURN_DRAW = 1 << 12  # the same where languages take turns, which are counted up to the draw


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedDraws:
    """Times and counts of a few draws of a language.

    Attributes:
        language: Name of the stream: that of its language, or of all languages.
        fill_seconds: Processor time of filling the pool before a shard's first draw, in seconds.
        draw_seconds: Processor time of one draw, in seconds.
        wall_seconds: Wall-clock time of all timed shards, in seconds.
        cpu_seconds: Processor time of all timed shards, in seconds.
        draws: Number of draws that `segment` counts.
        segment: Packed counts of the draws' tokens (see `partial`); those of one language if the draws have several.
        partial_bytes: Size of the counts of all languages, in bytes.
        tokens: Number of different tokens in the counts of all languages.
        fewer_tokens: Number of different tokens in the first `draws // FEWER_DIVISOR` draws.
    """

    language: str
    fill_seconds: float
    draw_seconds: float
    wall_seconds: float
    cpu_seconds: float
    draws: int
    segment: bytes
    partial_bytes: int
    tokens: int
    fewer_tokens: int

    @property
    def growth(self) -> TokenGrowth:
        """Growth of the number of tokens with the draws."""
        return TokenGrowth(draws=self.draws, tokens=self.tokens, fewer_tokens=self.fewer_tokens)


@dataclass(frozen=True, slots=True)
class DrawTask:
    """Task for a process: times draws of one stream, from the converted rows of its languages or from samples.

    Attributes:
        stream: Name of the stream: that of its language, or of all languages.
        draws: Number of draws to time.
        rows: Name of each language, with the handle that opens its converted rows, or with its sample in Arrow's IPC
            format if the rows are not converted.
    """

    stream: str
    draws: int
    rows: tuple[tuple[str, CorpusHandle | bytes], ...]

    @classmethod
    def of(cls, stream: str, data: Sequence[LanguageData], draws: int) -> Self:
        """Makes the task of timing `draws` draws of the stream whose languages have this data."""
        return cls(stream, draws, tuple((one.language, one.handle or _serialized(one.sample.arrays)) for one in data))

    @property
    def sample_bytes(self) -> int:
        """Size of the samples, in bytes."""
        return sum(len(rows) for _, rows in self.rows if isinstance(rows, bytes))

    def open(self) -> list[Corpus]:
        """Opens the corpora of the task: the converted rows, or the samples."""
        return [
            _open_sample(language, rows) if isinstance(rows, bytes) else open_handle(rows)
            for language, rows in self.rows
        ]


def serve(connection: "Connection[Any, Any]") -> None:
    """Runs in the process that times draws: receives a job and tasks, sends None, then one message for each task.

    The message of a task is its timing, or the text of the error that it raised.

    Raises:
        EOFError: The process of the command has ended.
        OSError: The process of the command has ended.
    """
    keep_memory()  # as a worker does
    job, tasks = connection.recv()
    connection.send(None)
    for task in tasks:
        connection.send(_time_or_error(job, task))


def _time_or_error(job: Job, task: DrawTask) -> TimedDraws | str:
    """Returns the timing of a task, or the text of the error that the task raised."""
    try:
        return _time(job, task)
    except Exception as error:  # noqa: BLE001 - any error is reported to the user
        return f"{task.stream}: {type(error).__name__}: {error}"


def _time(job: Job, task: DrawTask) -> TimedDraws:
    corpora = task.open()
    draws = task.draws
    distant = _DISTANT_DRAW if job.pooling is Pooling.SEPARATE else _DISTANT_TURN_DRAW
    _time_shard(job, corpora, Shard(task.stream, 0, 2 * distant, 1))
    wall = time.perf_counter()
    fill_and_draw, _ = _time_shard(job, corpora, Shard(task.stream, 0, distant, 1))
    seconds, segments = _time_shard(job, corpora, Shard(task.stream, 0, 0, draws))
    wall = time.perf_counter() - wall
    draw = max(0.0, seconds - fill_and_draw) / (draws - 1) if draws > 1 else 0.0
    _, fewer = _time_shard(job, corpora, Shard(task.stream, 0, 0, draws // FEWER_DIVISOR))
    return TimedDraws(
        language=task.stream,
        fill_seconds=fill_and_draw - draw,
        draw_seconds=draw,
        wall_seconds=wall,
        cpu_seconds=seconds + fill_and_draw,
        draws=draws,
        segment=max(segments, key=len),
        partial_bytes=sum(map(len, segments)),
        tokens=_count_tokens(segments),
        fewer_tokens=_count_tokens(fewer),
    )


def _time_shard(job: Job, corpora: Sequence[Corpus], shard: Shard) -> tuple[float, list[bytes]]:
    """Runs a shard; returns the processor time in seconds, and the segment of each language that has draws in it."""
    start = time.process_time()
    segments = [one.segment for one in run_shard(job, shard, corpora)]
    return time.process_time() - start, segments


def _count_tokens(segments: Iterable[bytes]) -> int:
    """Returns the number of different tokens in all segments."""
    return len({token for segment in segments for token, _ in _native.read_segment(segment)})


def _open_sample(language: str, sample: bytes) -> Corpus:
    with pa.ipc.open_stream(sample) as reader:
        chunks = [text_buffers(record_batch.column(0)) for record_batch in reader]
    column = _native.TextColumn(chunks)
    handle = CorpusHandle(language=language, path=Path(), cached=False, fingerprint="", rows=len(column))
    return Corpus(handle, column)


def _serialized(arrays: Sequence[pa.Array]) -> bytes:
    """Returns the rows of all arrays in Arrow's IPC format, without the rest of buffers that arrays are slices of."""
    schema = pa.schema([(TEXT, pa.large_string())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for array in arrays:
            writer.write_batch(pa.record_batch([array], schema=schema))
    return bytes(sink.getvalue())
