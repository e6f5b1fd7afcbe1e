"""`tokstats validate`: makes the checks, and prints them as a table or as one JSON object."""

import json
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from tokstats_parallel.commands.options import ValidateOptions
from tokstats_parallel.display.console import PatientConsole, require_stdout, stderr_console, stdout_console
from tokstats_parallel.errors import printable
from tokstats_parallel.system.file_names import json_values
from tokstats_parallel.validate.check import Check, CheckStatus
from tokstats_parallel.validate.request import ValidationRequest
from tokstats_parallel.validate.run import ValidationReport, validate

SCHEMA_VERSION = 1

_STYLES = {
    CheckStatus.OK: "green",
    CheckStatus.WARNING: "yellow",
    CheckStatus.FAILED: "bold red",
    CheckStatus.SKIPPED: "dim",
}
_STATUS_WIDTH = max(map(len, CheckStatus))
_MIN_DETAIL_WIDTH = 40  # minimum width of the column of details, in characters, on any terminal


def run_validate(config: Path, options: ValidateOptions) -> int:
    """Makes the checks of a run, and prints them.

    Returns:
        The exit code: 1 if a check failed, else 0.
    """
    if options.json:
        require_stdout("--json")
    report = validate(_request(config, options), notify=stderr_console().put)
    console = stdout_console()
    if options.json:
        console.put(json.dumps(json_values(as_json(report))))
    else:
        _print(report, console)
    return 1 if report.failures else 0


def as_json(report: ValidationReport) -> dict[str, Any]:
    """Returns the object that `--json` prints.

    A change of the object that breaks programs that read it must raise `SCHEMA_VERSION`.
    """
    expected = report.estimate
    return {
        "schema_version": SCHEMA_VERSION,
        "config": str(report.config),
        "ok": not report.failures,
        "checks": [asdict(check) for check in report.checks],
        "languages": [
            {
                "name": data.language,
                "path": str(data.path),
                "files": data.files,
                "left_out": data.left_out,
                "rows": data.rows,
                "text_bytes": data.text_bytes,
                "text_bytes_exact": data.exact,
                "cached": data.handle is not None,
                "sampled_rows": data.sample.rows,
            }
            for data in report.data
        ],
        "estimate": None if expected is None else {"seconds": expected.seconds, **asdict(expected)},
    }


def _request(config: Path, options: ValidateOptions) -> ValidationRequest:
    return ValidationRequest(
        job=options.job_request(config),
        workers=options.workers,
        output_file=options.output_file,
        work_dir=options.work_dir,
        cache_dir=options.cache_dir,
        use_cache=not options.no_cache,
        quick=options.quick,
    )


def _print(report: ValidationReport, console: PatientConsole) -> None:
    name_width = max(len(check.name) for check in report.checks)
    # Lines are wrapped on a terminal only.
    width = console.width if console.is_terminal else sys.maxsize
    for check in report.checks:
        line = Text(_row(check, name_width, width))
        line.stylize(_STYLES[check.status], 0, len(check.status))
        console.print(line, soft_wrap=True)
    warnings = sum(check.status is CheckStatus.WARNING for check in report.checks)
    console.put(f"\n{len(report.checks)} checks: {report.failures} failed, {warnings} with a warning")


def _row(check: Check, name_width: int, width: int) -> str:
    """Returns the lines of a check: status, name and detail in columns, and the remedy below the detail."""
    first = f"{check.status:<{_STATUS_WIDTH}}  {printable(check.name):<{name_width}}  "
    indent = " " * len(first)
    width = max(width, len(first) + _MIN_DETAIL_WIDTH)
    lines = textwrap.wrap(
        printable(check.detail), width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False
    )
    if check.remedy:
        lines += textwrap.wrap(
            printable(check.remedy),
            width,
            initial_indent=f"{indent}remedy: ",
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
    return "\n".join(lines)
