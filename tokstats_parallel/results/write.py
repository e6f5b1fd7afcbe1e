"""The result on disk: counts as JSON, counts by language as Parquet, and a manifest (SPEC 4).

The JSON and the Parquet are a function of the run alone: the same run gives the same bytes, whatever machine, number
of workers or day. What is not so, timings and versions, stands in the manifest.
"""

import json
import platform
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.results.parquet import Columns, group_rows, table_writer
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.verify import Totals, recount
from tokstats_parallel.system.atomic import replacing_all
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.threads import submitted

MANIFEST_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a run found, and how it went.

    Attributes:
        job: The run.
        frequencies: Token -> counts; what they hold is known when they are written.
        batches: Language -> number of batches that drew from it.
        fingerprints: Language -> hash of its rows' content.
        seconds: Phase -> seconds of wall-clock time.
        workers: The number of worker processes.
        output: Where the result goes.
    """

    job: Job
    frequencies: _native.Frequencies
    batches: Mapping[str, int]
    fingerprints: Mapping[str, str]
    seconds: Mapping[str, float]
    workers: int
    output: OutputPaths


def write_results(collected: Collected, *, threads: int = 1) -> None:
    """Writes the three files; each path holds its old file, nothing, or the whole new file, never a part.

    Only one process at a time may write to the same paths; who holds `OutputPaths.claim` (see `work`) is that one.
    The frequencies are read to their end.

    Args:
        collected: What is written.
        threads: With two or more, one reads the frequencies and writes the JSON while another writes the Parquet; then
            one reads the JSON again while another reads the Parquet. The result is the same.

    Raises:
        OutputError: A file cannot be written, or the written counts are not those that were merged.
    """
    paths, frequencies = collected.output, collected.frequencies
    fault_point("output-before-write")
    # Where the JSON is new, the others are.
    in_order = [paths.parquet, paths.manifest, paths.json]
    with _naming(*in_order), replacing_all(in_order, of="output") as (parquet, manifest, out):
        _write_counts(collected, parquet=parquet, out=out, threads=threads)
        if frequencies.written != frequencies.expected:
            raise OutputError(
                f"{paths.json}: the written counts do not add up to those that were merged; nothing is written: "
                "run the same command again"
            )
        fault_point("output-before-recount")
        totals = _recounted(collected, parquet=parquet, out=out, threads=threads)
        fault_point("manifest-before-write")
        with _naming(paths.manifest):
            manifest.write_text(json.dumps(_manifest(collected, totals), indent=2, ensure_ascii=False) + "\n", "utf-8")
    fault_point("output-whole")


def _write_counts(collected: Collected, *, parquet: Path, out: Path, threads: int) -> None:
    """Reads the frequencies to their end, into the Parquet `parquet` and the JSON `out`."""
    paths, rows = collected.output, group_rows(len(collected.batches))
    with (
        _naming(paths.parquet),
        table_writer(parquet, list(collected.batches)) as write_rows,
        _naming(paths.json),
        out.open("wb") as file,
    ):

        def read() -> Columns | None:
            columns = collected.frequencies.read(rows)
            if columns is None:
                return None
            fault_point("merge-rows-read")
            file.write(columns[0])
            fault_point("json-in-write", file)
            return columns[1:]

        with closing(_ahead(read) if threads > 1 else _in_turns(read)) as groups:
            for columns in groups:
                with _naming(paths.parquet):
                    write_rows(columns)
                fault_point("parquet-in-write")


def _in_turns(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """What `read` gives until it gives none."""
    while (columns := read()) is not None:
        yield columns


def _ahead(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """The same, read by a thread, where there can be one, while what was read before is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = submitted(thread, read)
        if coming is None:
            yield from _in_turns(read)
            return
        while (columns := coming.result()) is not None:
            coming = thread.submit(read)  # to the thread that there is
            yield columns


def _recounted(collected: Collected, *, parquet: Path, out: Path, threads: int) -> Totals:
    """What the finished files hold, which is what was to be written.

    Raises:
        OutputError: It is not, or they cannot be read.
    """
    paths, frequencies = collected.output, collected.frequencies
    languages = tuple(frequencies.expected)
    expected = Totals(frequencies.unique, sum(occurrences for _, occurrences in languages), languages)
    try:
        totals = recount(out, parquet, list(collected.batches), threads=threads)
    except OSError as error:
        path = paths.parquet if error.filename == str(parquet) else paths.json
        why = reason(error) if error.errno else str(error).removeprefix(f"{out}: ")  # the core's have no number
        raise OutputError(
            f"{path}: cannot be read again ({why}); nothing is lost: {remedy(error)} and run the same command again"
        ) from error
    except (ValueError, OverflowError) as error:
        found = str(error).replace(str(out), str(paths.json)).replace(str(parquet), str(paths.parquet))
        raise _is_not_what_was_written(found) from error
    if totals != expected:
        raise _is_not_what_was_written(
            f"{paths.json}: {totals.tokens:,} tokens with {totals.occurrences:,} occurrences instead of "
            f"{expected.tokens:,} with {expected.occurrences:,}, in all or in a language"
        )
    return totals


def _is_not_what_was_written(found: str) -> OutputError:
    return OutputError(
        f"{found}: the finished files do not hold what was written to them; nothing is replaced and nothing is lost: "
        "see to the disk and run the same command again"
    )


@contextmanager
def _naming(*paths: Path) -> Iterator[None]:
    """Errors of the system become those of the path that they name, or else the last; and say what the user can do."""
    try:
        yield
    except OSError as error:
        path = next((path for path in paths if str(path) == error.filename), paths[-1])
        raise OutputError(
            f"{path}: cannot be written ({reason(error)}); nothing is lost: "
            f"{remedy(error)} and run the same command again"
        ) from error


def _manifest(collected: Collected, totals: Totals) -> dict[str, Any]:
    job = collected.job
    return {
        "format": MANIFEST_FORMAT,
        "config_digest": job.digest(),
        "seed": job.seed,
        "sampling_version": _native.SAMPLING_VERSION,
        "unicode_version": _native.UNICODE_VERSION,
        "batches": job.num_batches,
        "batches_per_language": dict(collected.batches),
        "unique_tokens": totals.tokens,
        "occurrences": totals.occurrences,
        "occurrences_per_language": {
            language: occurrences
            for language, (_, occurrences) in zip(collected.batches, totals.languages, strict=True)
        },
        "corpora": dict(collected.fingerprints),
        "job": asdict(job) | {"train_directory": str(job.train_directory)},
        "versions": {
            "tokstats-parallel": _native.VERSION,
            "python": platform.python_version(),
            "pyarrow": version("pyarrow"),
            "machine": platform.platform(),
        },
        "workers": collected.workers,
        "seconds": {phase: round(seconds, 3) for phase, seconds in collected.seconds.items()},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
