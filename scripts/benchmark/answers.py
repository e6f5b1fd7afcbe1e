"""Benchmark of the answers and the report about a result of many tokens: each command as a process of its own."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmark.core import Say
from benchmark.merging import LANGUAGES
from benchmark.process import ROOT, BenchmarkError, Done, run, run_module
from benchmark.rows import Figure, Scale

TOKENIZER = ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer"
LOAD = "import sys, tokstats_parallel as t; print(t.TokenStats.load(sys.argv[1]).counts['\\u0120t'])"
LOAD_KEY, ANSWERS_KEY, REPORT_KEY = "load", "answers", "report"


def measure_answers(folder: Path, scale: Scale, say: Say, keys: Sequence[str]) -> dict[str, Figure]:
    """Makes a result of many tokens, times the commands on it, and returns key of the row -> figure.

    The figure of all answers is that of the slowest command; its memory is the greatest of all.

    Raises:
        BenchmarkError: A command failed.
    """
    if not {LOAD_KEY, ANSWERS_KEY, REPORT_KEY} & set(keys):
        return {}
    say(f"a result of {scale.tokens:,} tokens")
    folder.mkdir()
    run_module("merging", "make", str(folder), str(scale.tokens))
    if run_module("merging", "time", str(folder)).answer["tokens"] < scale.tokens:
        raise BenchmarkError(f"the result has fewer than {scale.tokens:,} tokens")
    result = folder / "merged.json"
    figures = {}
    if LOAD_KEY in keys:
        say("loading it from Python")
        loads = [run([sys.executable, "-c", LOAD, str(result)]) for _ in range(scale.rounds)]
        figures[LOAD_KEY] = _figure(loads)
    if ANSWERS_KEY in keys:
        figures[ANSWERS_KEY] = _slowest(
            {name: _timed(name, words, scale, say) for name, words in _cases(result).items()}
        )
    if REPORT_KEY in keys:
        say("report")
        figures[REPORT_KEY] = _report(result, scale)
    return figures


def _cases(result: Path) -> Mapping[str, Sequence[str]]:
    """Returns name -> words of each command; two results are compared by a copy of the first."""
    other = result.parent / "other"
    other.mkdir()
    for path in result.parent.glob("merged.*"):
        shutil.copy(path, other)
    return {
        "top": ["top", str(result), "--sampled"],
        "show": ["show", str(result), " return", "def __init__"],
        "distribution": ["distribution", str(result)],
        "compare languages": ["compare", str(result), "--languages", *LANGUAGES[:2]],
        "compare results": ["compare", str(result), str(other / result.name)],
        "matrix": ["compare", str(result), "--matrix"],
        "coverage": ["coverage", str(result), str(TOKENIZER)],
    }


def _timed(name: str, words: Sequence[str], scale: Scale, say: Say) -> Figure:
    say(name)
    command = [sys.executable, "-m", "tokstats_parallel", *words, "--json"]
    return _figure([run(command, allowed=(0, 1)) for _ in range(scale.rounds)])


def _report(result: Path, scale: Scale) -> Figure:
    """Returns the processor time of a report, which one core works out, and in the details the seconds that it took."""
    page = ["--output-file", str(result.parent / "report.html"), "--force"]
    command = [sys.executable, "-m", "tokstats_parallel", "report", str(result), *page]
    done = [run(command) for _ in range(scale.rounds)]
    seconds = {"seconds": median(one.seconds for one in done)}
    return Figure([one.processor_seconds for one in done], max(one.peak_bytes for one in done), seconds)


def _figure(done: Sequence[Done]) -> Figure:
    return Figure([one.seconds for one in done], max(one.peak_bytes for one in done))


def _slowest(figures: Mapping[str, Figure]) -> Figure:
    slowest = max(figures.values(), key=lambda figure: figure.median)
    details = {
        name: {"seconds": median(figure.values), "peak_bytes": figure.peak_bytes} for name, figure in figures.items()
    }
    return Figure(slowest.values, max(figure.peak_bytes for figure in figures.values()), details)
