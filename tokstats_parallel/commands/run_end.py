"""End of a command that has written a result: the page about it, if one is wanted, and the summary of the run."""

from dataclasses import replace
from pathlib import Path

from tokstats_parallel.display.console import excuse_stdout, stdout_console, take_stdout_failure
from tokstats_parallel.display.summary import Summary
from tokstats_parallel.display.summary_text import print_summary
from tokstats_parallel.errors import ConfigError, OutputError, TokstatsError, reason
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths, output_target, refuse_foreign_page
from tokstats_parallel.results.text_file import check_text_file, write_text_file
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.system.file_names import shell_word


def check_report(report: Path | None, output_file: Path) -> None:
    """Checks, before any work is done, that the page of `--report` can be written.

    Args:
        report: File of the page; None if none is wanted.
        output_file: JSON file of the result.

    Raises:
        ConfigError: The page would go to stdout, or take the place of the result.
        OutputError: There is no place for the page, or a file of another program is there.
    """
    if report is None:
        return
    if str(report) == "-":
        raise ConfigError("--report: stdout is for the summary; name a file for the page")
    results = OutputPaths.of(output_file).files
    try:
        if output_target(report) in results:
            raise ConfigError(f"--report: {report} is a file of the result; name another one for the page")
        check_text_file(report, (), refuse_foreign_page)
    except OutputError as error:
        raise OutputError(str(error).replace("--output-file", "--report")) from error


def end_run(collected: Collected, *, report: Path | None, as_json: bool, quiet: bool) -> None:
    """Writes the page about the result of a run, and prints the summary.

    Raises:
        OutputError: The page or a JSON summary cannot be written; the result is written in any case.
    """
    summary, failure = Summary.of(collected), None
    if report is not None:
        failure = _failure_of_report(collected, report)
        if failure is None:
            summary = replace(summary, output={**summary.output, "report": str(report.absolute())})
    print_result(summary, as_json=as_json, quiet=quiet)
    if failure is not None:
        raise failure


def print_result(summary: Summary, *, as_json: bool, quiet: bool) -> None:
    """Prints the summary. The result is in its files, so only a program that reads the summary suffers by its loss.

    Raises:
        OutputError: A JSON summary cannot be written.
    """
    console = stdout_console()
    if as_json:
        console.put(summary.to_json())
        if failure := take_stdout_failure():
            raise OutputError(
                f"{summary.output['json']}: is written, but the summary of --json is not: stdout cannot be written "
                f"({failure}); give it another place"
            )
    elif not quiet:
        print_summary(summary, console)
        excuse_stdout("the result is written")


def _failure_of_report(collected: Collected, report: Path) -> OutputError | None:
    """Writes the page about the result of a run; returns the error if this fails."""
    from tokstats_parallel.report.html import render  # noqa: PLC0415 - only pages need the library of templates
    from tokstats_parallel.report.make_page import make_page  # noqa: PLC0415 - as above

    try:
        write_text_file(report, render(make_page(TokenStats.of(collected.output))), refuse_foreign_page)
    except (TokstatsError, OSError, MemoryError) as error:
        result = collected.output.json
        return OutputError(
            f"{result}: is written, but the page is not ({reason(error)}); see to that, then run `tokstats report "
            f"{shell_word(result)} -o {shell_word(report)}`"
        )
    return None
