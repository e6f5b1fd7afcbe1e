"""`tokstats validate`: options -> checks -> a table, or one JSON object, and an exit code."""

import json as json_format
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from tokstats_parallel.commands import PLAIN, WHOLE
from tokstats_parallel.console import PatientConsole, stderr_console, stdout_console
from tokstats_parallel.summary import printable
from tokstats_parallel.validate.check import Check, Status
from tokstats_parallel.validate.request import ValidateRequest
from tokstats_parallel.validate.run import Report, validate

SCHEMA_VERSION = 1

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "bold red", Status.SKIPPED: "dim"}
_STATUS_WIDTH = max(map(len, Status))
_LEAST_WIDTH = 40  # of the details, in a terminal however narrow


def validate_command(
    config: Path,
    /,
    *,
    num_batches: Annotated[int, WHOLE] = 1000,
    output_file: Path = Path("token_frequencies.json"),
    workers: str = "auto",
    seed: Annotated[int | None, WHOLE, PLAIN] = None,
    assignments: Annotated[tuple[str, ...], PLAIN, Parameter(name="--set")] = (),
    special_tokens: Annotated[str | None, PLAIN] = None,
    eos_token: Annotated[str | None, PLAIN] = None,
    cache_dir: Annotated[Path | None, PLAIN] = None,
    no_cache: Annotated[bool, PLAIN] = False,
    quick: Annotated[bool, PLAIN] = False,
    json: Annotated[bool, PLAIN] = False,
) -> int:
    """Check everything that `tokstats collect` needs, and estimate what it will take.

    Give it the options of the run. Exit code 1 says that a check failed.

    Args:
        config: The training's config file (JSON).
        num_batches: Batches that the run will draw.
        output_file: File for the run's counts.
        workers: Number of worker processes, or auto: what CPUs and memory allow.
        seed: Seed in place of the config's.
        assignments: Setting in place of the config's, such as n_pools=2; may be given several times.
        special_tokens: Special tokens in place of the reference tokenizer's, separated by commas.
        eos_token: End-of-text token in place of the reference tokenizer's.
        cache_dir: Folder for converted corpora, in place of the user's cache.
        no_cache: Hold the corpora in memory; for small ones.
        quick: Estimate nothing, which saves some seconds.
        json: Print one JSON object.
    """
    request = ValidateRequest(
        config=config,
        num_batches=num_batches,
        output_file=output_file,
        workers=workers,
        seed=seed,
        assignments=assignments,
        special_tokens=special_tokens,
        eos_token=eos_token,
        cache_dir=cache_dir,
        no_cache=no_cache,
        quick=quick,
    )
    report = validate(request, notify=stderr_console().put)
    console = stdout_console()
    if json:
        console.put(json_format.dumps(as_json(report)))
    else:
        _print(report, console)
    return 1 if report.failures else 0


def as_json(report: Report) -> dict[str, Any]:
    """What `--json` prints; a change of it that breaks a reader raises `SCHEMA_VERSION`."""
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


def _print(report: Report, console: PatientConsole) -> None:
    name_width = max(len(check.name) for check in report.checks)
    # Where no terminal shows the table, lines stay whole.
    width = console.width if console.is_terminal else sys.maxsize
    for check in report.checks:
        line = Text(_row(check, name_width, width))
        line.stylize(_STYLES[check.status], 0, len(check.status))
        console.print(line, soft_wrap=True)
    warnings = sum(check.status is Status.WARNING for check in report.checks)
    console.put(f"\n{len(report.checks)} checks: {report.failures} failed, {warnings} with a warning")


def _row(check: Check, name_width: int, width: int) -> str:
    """Status, name and detail in columns, and the remedy below the detail."""
    first = f"{check.status:<{_STATUS_WIDTH}}  {printable(check.name):<{name_width}}  "
    indent = " " * len(first)
    width = max(width, len(first) + _LEAST_WIDTH)
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
