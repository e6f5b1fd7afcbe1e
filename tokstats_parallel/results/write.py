"""Writes the files of a result: counts as JSON, counts by language as Parquet, and the manifest (SPEC 4).

The JSON and the Parquet depend on the run alone: the same run gives the same bytes on any machine, with any number of
workers, on any day. Both are read again before any file gets its name.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from tokstats_parallel import _native
from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.results.collected import RunFacts, WrittenResult
from tokstats_parallel.results.manifest import manifest_text
from tokstats_parallel.results.parquet import Columns, group_rows, table_writer
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.verify import Totals, verify_files
from tokstats_parallel.system.atomic import replacing_all
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.threads import submitted


def write_results(
    frequencies: _native.Frequencies,
    facts: RunFacts,
    output: OutputPaths,
    *,
    seconds: Mapping[str, float],
    threads: int = 1,
) -> WrittenResult:
    """Writes the three files; each path holds its old file, nothing, or the whole new file, never a part.

    Only one process at a time may write to the same paths: the holder of the lock of `output.claim`.

    Args:
        frequencies: The merged counts, of which nothing has been read; they are read to their end.
        facts: The run.
        output: The paths of the files.
        seconds: Phase -> seconds of wall-clock time, for the manifest.
        threads: With two or more, one thread reads the frequencies and writes the JSON while another writes the
            Parquet; then one reads the JSON again while another reads the Parquet. The result is the same.

    Raises:
        OutputError: A file cannot be written, or the written counts differ from the merged ones.
    """
    fault_point("output-before-write")
    # The JSON is replaced last: if it is new, so are the others.
    in_order = [output.parquet, output.manifest, output.json]
    with _as_output_error(*in_order), replacing_all(in_order, of="output") as (parquet, manifest, json):
        new = _NewFiles(json, parquet, output, list(facts.batches))
        new.write(frequencies, threads)
        fault_point("output-before-verify")
        totals = new.verify(_expected(frequencies), threads)
        fault_point("manifest-before-write")
        with _as_output_error(output.manifest):
            manifest.write_text(manifest_text(facts, totals, seconds), "utf-8")
    fault_point("output-whole")
    return WrittenResult(totals=totals, top=tuple(frequencies.top), top_sampled=tuple(frequencies.top_sampled))


def _expected(frequencies: _native.Frequencies) -> Totals:
    """The totals that the files must have, when all frequencies have been read."""
    languages = tuple(frequencies.expected)
    return Totals(frequencies.unique, sum(occurrences for _, occurrences in languages), languages)


class _NewFiles:
    """The new JSON and Parquet under their temporary names; errors name the final paths."""

    def __init__(self, json: Path, parquet: Path, output: OutputPaths, languages: Sequence[str]) -> None:
        self._json = json
        self._parquet = parquet
        self._output = output
        self._languages = languages

    def write(self, frequencies: _native.Frequencies, threads: int) -> None:
        """Reads the frequencies to their end, into both files."""
        output, rows = self._output, group_rows(len(self._languages))
        with (
            _as_output_error(output.parquet),
            table_writer(self._parquet, self._languages) as write_rows,
            _as_output_error(output.json),
            self._json.open("wb") as file,
        ):

            def read() -> Columns | None:
                columns = frequencies.read(rows)
                if columns is None:
                    return None
                fault_point("merge-rows-read")
                file.write(columns[0])
                fault_point("json-in-write", file)
                return columns[1:]

            with closing(_prefetched(read) if threads > 1 else _in_turns(read)) as groups:
                for columns in groups:
                    with _as_output_error(output.parquet):
                        write_rows(columns)
                    fault_point("parquet-in-write")
        if frequencies.written != frequencies.expected:
            raise OutputError(
                f"{output.json}: the written counts do not add up to those that were merged; nothing is written: "
                "run the same command again"
            )

    def verify(self, expected: Totals, threads: int) -> Totals:
        """Reads both finished files again and returns their totals, which are the expected ones.

        Raises:
            OutputError: The totals differ, or a file cannot be read.
        """
        output = self._output
        try:
            totals = verify_files(self._json, self._parquet, self._languages, threads=threads)
        except OSError as error:
            path = output.parquet if error.filename == str(self._parquet) else output.json
            # The core's errors have no number.
            why = reason(error) if error.errno else str(error).removeprefix(f"{self._json}: ")
            raise OutputError(
                f"{path}: cannot be read again ({why}); nothing is lost: {remedy(error)} and run the same command again"
            ) from error
        except (ValueError, OverflowError) as error:
            message = str(error).replace(str(self._json), str(output.json))
            raise _wrong_content(message.replace(str(self._parquet), str(output.parquet))) from error
        if totals != expected:
            raise _wrong_content(
                f"{output.json}: {totals.tokens:,} tokens with {totals.occurrences:,} occurrences instead of "
                f"{expected.tokens:,} with {expected.occurrences:,}, in all or in a language"
            )
        return totals


def _in_turns(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """The results of `read`, until it returns None."""
    while (columns := read()) is not None:
        yield columns


def _prefetched(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """The results of `read`; if a thread can be started, it reads the next one while the caller uses the last."""
    with ThreadPoolExecutor(1) as thread:
        coming = submitted(thread, read)
        if coming is None:
            yield from _in_turns(read)
            return
        while (columns := coming.result()) is not None:
            coming = thread.submit(read)  # the thread exists, so this cannot fail
            yield columns


def _wrong_content(message: str) -> OutputError:
    return OutputError(
        f"{message}: the finished files do not hold what was written to them; nothing is replaced and nothing is lost: "
        "see to the disk and run the same command again"
    )


@contextmanager
def _as_output_error(*paths: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError with a remedy, about the path that it names, or else about the last one."""
    try:
        yield
    except OSError as error:
        path = next((path for path in paths if str(path) == error.filename), paths[-1])
        raise OutputError(
            f"{path}: cannot be written ({reason(error)}); nothing is lost: "
            f"{remedy(error)} and run the same command again"
        ) from error
