"""`tokstats compare`: says what differs between two results, or between the languages of one.

Exit codes are those of programs that compare files: 0 same, 1 different, 2 trouble.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokstats_parallel.answers.comparison.answer import answer_comparison
from tokstats_parallel.answers.comparison.language_matrix import language_matrix
from tokstats_parallel.commands.answer_options import CompareOptions
from tokstats_parallel.commands.answer_output import check_output, write_answer
from tokstats_parallel.display.comparison_text import print_comparison, print_matrix
from tokstats_parallel.display.console import take_stdout_failure
from tokstats_parallel.errors import (
    ConfigError,
    OutputError,
    ResultError,
    TokstatsError,
    machine_failure,
    not_readable_now,
    reason,
)
from tokstats_parallel.results.token_stats import TokenStats

_DIFFERENT, _TROUBLE = 1, 2
_MOST_LINES = 1_000


def run_compare(first: Path, second: Path | None, options: CompareOptions) -> int:
    """Compares two results, or languages of one; returns 0 if all counts are equal, 1 if not, and 0 for a matrix.

    Raises:
        TokstatsError: A result or an option cannot be used, or the output cannot be written; the exit code is 2.
    """
    with _trouble(first):
        if not 1 <= options.top <= _MOST_LINES:
            raise ConfigError(f"--top must be from 1 to {_MOST_LINES:,} (found {options.top:,})")
        if options.matrix and second is not None:
            raise ConfigError("--matrix compares the languages of one result; name one result, or leave --matrix out")
        files = [path for result in (first, second) if result is not None for path in TokenStats.load(result).paths]
        check_output(options, files)
        code = _write_matrix(first, options) if options.matrix else _write_comparison(first, second, options)
        if failure := take_stdout_failure():
            raise OutputError(f"stdout cannot be written ({failure}); give the output another place")
        return code


def _write_matrix(result: Path, options: CompareOptions) -> int:
    matrix = language_matrix(result, options.languages)
    write_answer(matrix, options, lambda console: print_matrix(matrix, console))
    return 0


def _write_comparison(first: Path, second: Path | None, options: CompareOptions) -> int:
    answer = answer_comparison(first, second, options.languages, options.top)
    write_answer(answer, options, lambda console: print_comparison(answer, console))
    return 0 if answer.comparison.same else _DIFFERENT


@contextmanager
def _trouble(path: Path) -> Iterator[None]:
    """Gives every error the exit code of trouble, since 1 means that the sides differ."""
    try:
        yield
    except TokstatsError as error:
        error.exit_code = _TROUBLE
        raise
    except Exception as error:
        if failure := machine_failure(error):
            raise ResultError(not_readable_now(str(path), failure)) from error
        if isinstance(error, OSError):
            raise ResultError(
                f"{error.filename or path}: {reason(error)}; see to that, and run the command again"
            ) from error
        raise
