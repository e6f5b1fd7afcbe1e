#!/usr/bin/env python3
"""Measures the program, compares it with the targets, and writes the figures.

Answers are checked before times are taken, each case runs in its own process, and every figure is a median. The table
goes to stdout and, as JSON, to bench/results/NAME.json.

    python scripts/bench.py --compare bench/results/earlier.json
    python scripts/bench.py --config configs/token_stats_code_only.json --set train_directory=data/train
    python scripts/bench.py --read bench/results/reference.json --markdown
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmark import answers, core, whole
from benchmark.machine import machine
from benchmark.options import add_config_options, config_words
from benchmark.process import BenchmarkError, run_module
from benchmark.report import Report, comparison, markdown, table
from benchmark.rows import FULL, QUICK, Figure, rows
from rich.console import Console

RESULTS = Path("bench/results")
WIDTH = 140


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, or reads an earlier result, and shows it; returns the exit code."""
    options = _parser().parse_args(argv)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    try:
        report = Report.read(options.read) if options.read else measure(options)
        earlier = Report.read(options.compare) if options.compare else None
    except (BenchmarkError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not options.read:
        path = RESULTS / f"{options.name}.json"
        report.write(path)
        _say(f"written to {path}")
    if options.markdown:
        print(markdown(report), end="")
    else:
        console.print(table(report))
    if earlier:
        console.print(comparison(report, earlier))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--quick", action="store_true", help="fewer batches and repetitions: a minute or two")
    parser.add_argument("--only", nargs="+", choices=[row.key for row in rows(FULL, 0)], help="these rows")
    parser.add_argument("--name", default=time.strftime("%Y%m%d-%H%M%S"), help="name of the result (default: the time)")
    parser.add_argument("--compare", type=Path, metavar="EARLIER", help="an earlier result to compare with")
    parser.add_argument("--read", type=Path, metavar="RESULT", help="measure nothing, show an earlier result")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    add_config_options(parser)
    return parser


def measure(options: argparse.Namespace) -> Report:
    """Measures the rows that the options name.

    Raises:
        BenchmarkError: An answer is wrong, or a case failed.
    """
    begun, this_machine = time.perf_counter(), machine()
    scale = QUICK if options.quick else FULL
    keys = options.only or [row.key for row in rows(scale, 0)]
    words = [str(options.config), *config_words(options)]
    figures: dict[str, Figure] = {}
    languages: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tokstats-bench-") as name:
        folder = Path(name)
        if any(key in core.KEYS or key in whole.RUN_KEYS for key in keys):
            _say("converting the corpora")
            inputs = run_module("inputs", name, "--config", *words).answer
            languages = list(inputs["languages"])
            if any(key in core.KEYS for key in keys):
                _say("building the program that times the stages")
                core.build_stages()
                figures |= core.Core(inputs, scale, _say).measure()
            figures |= whole.Runs(words, folder, scale, _say).measure(keys)
        if "version" in keys:
            figures["version"] = whole.measure_version(scale, _say)
        if "merge" in keys:
            figures["merge"] = whole.measure_merge(folder, scale, _say)
        figures |= answers.measure_answers(folder / "answers", scale, _say, keys)
    return Report(
        quick=options.quick,
        machine=this_machine,
        config=options.config.name,
        languages=languages,
        seconds=time.perf_counter() - begun,
        rows=[(row, figures[row.key]) for row in rows(scale, len(languages)) if row.key in keys],
    )


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
