"""`tokstats report`: writes one page about a result, or about two, for any browser."""

from pathlib import Path

from tokstats_parallel.commands.report_options import ReportOptions
from tokstats_parallel.display.console import excuse_stdout, put_on_stdout, require_stdout, stdout_console
from tokstats_parallel.report.files import ReportPlaces
from tokstats_parallel.report.write_report import write_report
from tokstats_parallel.results.token_stats import TokenStats


def run_report(first: Path, second: Path | None, options: ReportOptions) -> int:
    """Writes the page, and prints its path and size; returns the exit code.

    Raises:
        TokstatsError: A result or a tokenizer cannot be used, or the page cannot be written.
    """
    file = None if str(options.output_file) == "-" else options.output_file
    if file is None:
        require_stdout("--output-file -")
    stats, other = TokenStats.load(first), None if second is None else TokenStats.load(second)
    places = ReportPlaces(file, options.data_dir, force=options.force)
    html = write_report(stats, other, options.tokenizers, places)
    if file is None:
        put_on_stdout(html)
        return 0
    console = stdout_console()
    console.put(f"{file.absolute()}: {len(html.encode()) / 1000:,.0f} kB")
    if options.data_dir is not None:
        console.put(f"{options.data_dir.absolute()}: numbers as CSV, drawings as SVG")
    excuse_stdout("the page is written")
    return 0
