"""Writes the files of a result: a JSON with counts, a Parquet with counts by language, and the manifest (SPEC 4).

The bytes of the JSON and the Parquet depend on the job, the corpora and the number of batches alone, not on machine,
number of workers or time. Both files are read again before any file gets its name.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from tokstats_parallel import _native
from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.results.collected import LeftOut, RunFacts, WrittenResult
from tokstats_parallel.results.manifest import manifest_text, reproducible_text
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
    """Writes the three files of a result; each path holds its old file, nothing, or the whole new file, never a part.

    The caller must hold the locks of `output.guards` and of `output.work`, so that only one process at a time writes
    to these paths.

    Args:
        frequencies: Merged counts; none of them may have been read before, and all are read here.
        facts: Facts about the run.
        output: Paths of the files.
        seconds: Phase of the run -> seconds of wall-clock time, for the manifest.
        threads: Number of threads; it never changes the result. With two or more, one thread reads the frequencies and
            writes the JSON while another writes the Parquet. Then one verifies the JSON while another verifies the
            Parquet.

    Raises:
        OutputError: A file cannot be written, a file of another program has come into its place, or the written counts
            differ from the merged counts.
    """
    output.refuse_foreign_files()
    fault_point("output-before-write")
    # The JSON is replaced last, so that a new JSON always has a new Parquet and a new manifest beside it.
    in_order = [output.parquet, output.manifest, output.json]
    with _as_output_error(*in_order), replacing_all(in_order, of="output") as (parquet, manifest, json):
        new = _NewFiles(json, parquet, output, facts)
        new.write(frequencies, threads)
        fault_point("output-before-verify")
        totals = new.verify(_expected(frequencies), threads)
        fault_point("manifest-before-write")
        with _as_output_error(output.manifest):
            manifest.write_text(manifest_text(facts, totals, _left_out(frequencies), seconds), "utf-8")
    fault_point("output-whole")
    return WrittenResult(
        totals=totals,
        left_out=_left_out(frequencies),
        top=tuple(frequencies.top),
        top_sampled=tuple(frequencies.top_sampled),
        top_of_languages=dict(zip(facts.batches, map(tuple, frequencies.top_of_languages), strict=True)),
    )


def _expected(frequencies: _native.Frequencies) -> Totals:
    """Returns the totals that the JSON and the Parquet must have, after all frequencies have been read."""
    return Totals(frequencies.unique, frequencies.occurrences, tuple(frequencies.written))


def _left_out(frequencies: _native.Frequencies) -> LeftOut:
    """Returns the totals of the tokens that are below the least count, after all frequencies have been read."""
    languages = tuple(occurrences for _, occurrences in frequencies.left_out_of_languages)
    tokens, occurrences = frequencies.left_out
    return LeftOut(tokens=tokens, occurrences=occurrences, languages=languages)


def _add_up(frequencies: _native.Frequencies) -> bool:
    """Tells whether what was read and what was left out add up to what was merged, in each language."""
    read = zip(frequencies.written, frequencies.left_out_of_languages, strict=True)
    return [(a + c, b + d) for (a, b), (c, d) in read] == frequencies.expected


class _NewFiles:
    """New JSON and Parquet of a result under temporary names; messages of errors name the final paths."""

    def __init__(self, json: Path, parquet: Path, output: OutputPaths, facts: RunFacts) -> None:
        self._json = json
        self._parquet = parquet
        self._output = output
        self._facts = facts
        self._languages = list(facts.batches)

    def write(self, frequencies: _native.Frequencies, threads: int) -> None:
        """Reads all frequencies and writes them into the JSON and the Parquet."""
        output, rows = self._output, group_rows(len(self._languages))
        special = [token for token, _ in self._facts.job.reference.special_tokens]

        def reproducible() -> str:
            return reproducible_text(self._facts, _expected(frequencies), _left_out(frequencies))

        with (
            _as_output_error(output.parquet),
            table_writer(self._parquet, self._languages, reproducible) as write_rows,
            _as_output_error(output.json),
            self._json.open("wb") as file,
        ):

            def read() -> Columns | None:
                columns = frequencies.read(rows)
                if columns is None:
                    return None
                fault_point("merge-rows-read")
                text, offsets, tokens, totals, languages = columns
                file.write(text)
                fault_point("json-in-write", file)
                description = _native.describe_tokens(offsets, tokens, special)
                return Columns((offsets, tokens), totals, languages, description)

            with closing(_prefetched(read) if threads > 1 else _one_by_one(read)) as groups:
                for columns in groups:
                    with _as_output_error(output.parquet):
                        write_rows(columns)
                    fault_point("parquet-in-write")
            if not _add_up(frequencies):
                raise OutputError(
                    f"{output.json}: the written counts do not add up to those that were merged; nothing is written: "
                    "run the same command again"
                )

    def verify(self, expected: Totals, threads: int) -> Totals:
        """Reads the finished JSON and Parquet again, checks their totals against `expected`, and returns the totals.

        Raises:
            OutputError: The totals differ from the expected ones, or a file cannot be read.
        """
        output = self._output
        try:
            totals = verify_files(self._json, self._parquet, self._languages, threads=threads)
        except OSError as error:
            path = output.parquet if error.filename == str(self._parquet) else output.json
            # The core's errors have no errno.
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


def _one_by_one(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """Calls `read` and yields its results, until it returns None."""
    while (columns := read()) is not None:
        yield columns


def _prefetched(read: Callable[[], Columns | None]) -> Generator[Columns, None, None]:
    """Calls `read` in a thread and yields its results, until it returns None.

    The thread already makes the following call while the caller uses a result. If the system allows no more threads,
    the calls are made in the caller's thread.
    """
    with ThreadPoolExecutor(1) as executor:
        pending = submitted(executor, read)
        if pending is None:
            yield from _one_by_one(read)
            return
        while (columns := pending.result()) is not None:
            pending = executor.submit(read)  # its thread exists, so this cannot fail
            yield columns


def _wrong_content(message: str) -> OutputError:
    return OutputError(
        f"{message}: the finished files do not hold what was written to them; nothing is replaced and nothing is lost: "
        "see to the disk and run the same command again"
    )


@contextmanager
def _as_output_error(*paths: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError with a remedy; the message names the error's path, or else the last path."""
    try:
        yield
    except OSError as error:
        path = next((path for path in paths if str(path) == error.filename), paths[-1])
        raise OutputError(
            f"{path}: cannot be written ({reason(error)}); nothing is lost: "
            f"{remedy(error)} and run the same command again"
        ) from error
