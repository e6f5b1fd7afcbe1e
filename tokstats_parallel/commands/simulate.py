"""`tokstats simulate`: prints how long a run would take by several numbers of workers, side by side."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from tokstats_parallel.commands.options import SimulateOptions
from tokstats_parallel.display.console import require_stdout, stderr_console, stdout_console
from tokstats_parallel.errors import ConfigError, printable
from tokstats_parallel.simulate.measured_costs import MeasuredRun, measure_costs
from tokstats_parallel.simulate.timetable import Timetable, timetable
from tokstats_parallel.system.digits import parse_digits
from tokstats_parallel.system.file_names import json_values
from tokstats_parallel.system.wording import counted, listed, size_text

SCHEMA_VERSION = 1

_MOST_WORKERS = 1_000_000


def run_simulate(config: Path, options: SimulateOptions) -> int:
    """Measures the costs of a run, and prints its timetable by each number of workers.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The config, the data or an option cannot be used, or no draw can be timed.
    """
    counts = _parsed(options.workers)
    if options.tasks < 1:
        raise ConfigError(f"--tasks {options.tasks}: must be at least 1")
    if options.json:
        require_stdout("--json")
    measured = measure_costs(
        options.job_request(config),
        cache_dir=options.cache_dir,
        use_cache=not options.no_cache,
        notify=stderr_console().put,
    )
    alone = timetable(measured.job, measured.costs, 1)
    tables = [timetable(measured.job, measured.costs, count, tasks=options.tasks) for count in counts]
    console = stdout_console()
    if options.json:
        console.put(json.dumps(json_values(_as_json(config, measured, tables, alone))))
    else:
        for line in (*_heading(measured), "", *table_lines(tables, alone)):
            console.put(line)
    return 0


def table_lines(tables: Sequence[Timetable], alone: Timetable) -> list[str]:
    """Returns the lines of a table: a title, and a line for each timetable; `alone` is the one of a single worker."""
    rows = [_row(one, alone) for one in tables]
    widths = [max(map(len, [title, *(row[title] for row in rows)])) for title in rows[0]]
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def _parsed(typed: str) -> list[int]:
    """Parses numbers of workers, separated by commas.

    Raises:
        ConfigError: A word is no number of workers.
    """
    counts = [parse_digits(word) or 0 for word in typed.split(",")]
    if not all(1 <= count <= _MOST_WORKERS for count in counts):
        raise ConfigError(f"--workers {typed!r}: must be numbers from 1 to {_MOST_WORKERS:,}, such as 64 or 1,64,1024")
    return counts


def _heading(measured: MeasuredRun) -> list[str]:
    """Returns the lines about the run and its costs."""
    costs, job = measured.costs, measured.job
    streams = list(costs.streams.values())
    draw, fill = fmean(one.draw_seconds for one in streams), fmean(one.fill_seconds for one in streams)
    names = printable(listed([language.name for language in job.languages]))
    return [
        f"{counted(job.num_batches, 'batch')} from {names}",
        (
            f"measured with {counted(measured.processes, 'process')}: start {costs.start_seconds:.2f} s, pool "
            f"{1e3 * fill:.1f} ms, draw {1e3 * draw:.2f} ms, partial saved {1e3 * costs.save_seconds:.1f} ms, checked "
            f"{1e3 * costs.check_seconds:.1f} ms, entry merged {1e9 * costs.merge_seconds:.0f} ns, token written "
            f"{1e9 * costs.write_seconds:.0f} ns"
        ),
        f"expected result: {max(1, timetable(job, costs, 1).tokens):,} tokens",
    ]


def _row(one: Timetable, alone: Timetable) -> dict[str, str]:
    """Returns title -> cell of the line of a timetable; all times are in seconds."""
    speed_up = alone.seconds / one.seconds
    return {
        "workers": f"{one.workers:,}",
        "shards": f"{one.shards:,}",
        "draws": f"{one.shard_draws:,}",
        "start": f"{one.start_seconds:.1f}",
        "shards run": f"{one.shards_seconds:,.1f}",
        "check": f"{one.check_seconds:.1f}",
        "merge": f"{one.merge_seconds:,.1f}",
        "write": f"{one.write_seconds:.1f}",
        "total s": f"{one.seconds:,.1f}",
        "speed-up": f"{speed_up:.2f}",
        "efficiency": f"{speed_up / one.workers:.1%}",
        "filling": f"{one.fill_share:.1%}",
        "idle": f"{one.idle_share:.1%}",
        "written": size_text(one.written_bytes),
        "read": size_text(one.read_bytes),
    }


def _as_json(config: Path, measured: MeasuredRun, tables: Sequence[Timetable], alone: Timetable) -> dict[str, object]:
    """Returns the object that `--json` prints.

    A change of the object that breaks programs that read it must raise `SCHEMA_VERSION`.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "config": str(config),
        "batches": measured.job.num_batches,
        "processes": measured.processes,
        "costs": asdict(measured.costs),
        "timetables": [
            {
                **asdict(one),
                "seconds": one.seconds,
                "speed_up": alone.seconds / one.seconds,
                "efficiency": alone.seconds / one.seconds / one.workers,
            }
            for one in tables
        ],
    }
