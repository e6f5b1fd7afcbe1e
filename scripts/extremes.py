#!/usr/bin/env python3
"""Measures runs with extreme inputs: wall-clock time, and private memory of all processes together.

Each case makes its corpora in a temporary folder and runs the command over them, with the published sampling values.
The end of each case, a result or one line of refusal, is checked. Prints rows of a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

_POLL_SECONDS = 0.05
_CONFIG = {
    "train_directory": "train",
    "train_batch_size": 128,
    "tokenizer_batch_size": 2048,
    "tokenizer_sample_min": 16384,
    "tokenizer_sample_max": 65536,
    "tokenizer_sample_mean": 32768,
    "tokenizer_sample_std": 10000,
    "tokenizer_noise_mean": 1e-5,
    "tokenizer_noise_std": 4,
}
_NAMES = [f"language{number}" for number in range(1000)]

Rows = Iterable[str]  # or an Arrow array, which has no type information


@dataclass(frozen=True)
class Case:
    """Run with an extreme input.

    Attributes:
        what: Description of the input, for the table.
        corpora: Function that makes language -> rows.
        batches: Number of batches.
        workers: Number of worker processes.
        refusal: Words in the last line of a run that is refused; empty if the run succeeds.
        converted: Whether another run, which is not measured, converts the corpora first.
    """

    what: str
    corpora: Callable[[], dict[str, Rows]]
    batches: int = 10
    workers: int = 2
    refusal: str = ""
    converted: bool = False


def code() -> list[str]:
    """Returns Python's standard library, a row for each file that is not empty."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    texts = [path.read_text("utf-8", errors="replace") for path in paths]
    return [text for text in texts if text.strip()]


def long_row() -> str:
    """Returns one row of 200 MB of Python code."""
    text = "\n".join(code())
    return (text * (200_000_000 // len(text) + 1))[:200_000_000]


def blank(rows: int, every: int) -> list[str]:
    """Returns blank rows, of which one in `every` has text instead."""
    texts = code()
    return [texts[number % len(texts)] if number % every == every // 2 else " \n" for number in range(rows)]


def one_byte() -> pa.Array:
    """Returns 10^7 rows of one byte."""
    letters = pa.array(list("abcdefghijklmnopqrstuvwxyz"), pa.large_string())
    return pa.concat_arrays([letters] * (10**7 // 26))


def thousand() -> dict[str, Rows]:
    """Returns the corpora of a thousand languages, with one row each."""
    texts = code()
    return {name: [texts[number % len(texts)]] for number, name in enumerate(_NAMES)}


CASES = {
    "none": Case("0 rows: refused", lambda: {"x": []}, refusal="no non-empty text"),
    "blank": Case("10^7 blank rows, one with text: refused", lambda: {"x": blank(10**7, 10**7)}, refusal="empty rows"),
    "sparse": Case("10^6 rows, 1 % with text, 10 batches", lambda: {"x": blank(10**6, 100)}),
    "long": Case("one row of 200 MB, 20 batches", lambda: {"x": [long_row()]}, batches=20),
    "long-among": Case(
        "the same row among 500 others, 100 batches", lambda: {"x": [long_row(), *code()[:500]]}, batches=100
    ),
    "bytes": Case("10^7 rows of 1 byte, 10 batches", lambda: {"x": one_byte()}),
    "pretoken": Case(
        "rows of one pretoken of 2 MB, 50 batches",
        lambda: {"x": [letter * 2_000_000 for letter in "xyé1("]},
        batches=50,
    ),
    "workers": Case("64 workers, one language of code, 2,000 batches", lambda: {"x": code()}, 2000, 64),
    "languages": Case("1,000 languages of one row, 1,000 batches", thousand, 1000),
    "languages-again": Case(
        "1,000 languages of one row, 1,000 batches, converted before", thousand, 1000, converted=True
    ),
    "languages-workers": Case(
        "1,000 languages of one row, 1,000 batches, 64 workers, converted before", thousand, 1000, 64, converted=True
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Measures the cases, prints their rows, and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), help="these cases (default: all)")
    options = parser.parse_args(argv)
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="tokstats-extreme-") as folder:
            print(measured(CASES[name], Path(folder)), flush=True)
    return 0


def measured(case: Case, folder: Path) -> str:
    """Measures a case, and returns its row of the table: description, seconds, megabytes."""
    (folder / "train").mkdir()
    names = []
    for language, rows in case.corpora().items():
        column = rows if isinstance(rows, pa.Array) else pa.array(list(rows), pa.large_string())
        pq.write_table(pa.table({"text": column}), folder / "train" / f"{language}.parquet")
        names.append(language)
    (folder / "names.txt").write_text("\n".join(names), "utf-8")
    (folder / "config.json").write_text(json.dumps(_CONFIG | {"langs": "names.txt"}), "utf-8")
    if case.converted:
        _run(case, folder, batches=1)
    seconds, peak = _run(case, folder, batches=case.batches)
    return f"| {case.what} | {seconds:.1f} s | {peak / 1e6:,.0f} MB |"


def _run(case: Case, folder: Path, *, batches: int) -> tuple[float, int]:
    """Runs the command; returns its seconds, and the peak of the private memory of all its processes in bytes."""
    words = ["config.json", "--output-file", "out.json", "--cache-dir", "cache", "--special-tokens", "<s>,</s>"]
    words += ["--eos-token", "</s>", "--num-batches", str(batches), "--workers", str(case.workers), "--no-progress"]
    begun, peak = time.monotonic(), 0
    with (
        (folder / "said").open("w+", encoding="utf-8") as said,
        subprocess.Popen(
            [sys.executable, "-m", "tokstats_parallel", *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=said
        ) as process,
    ):
        while process.poll() is None:
            peak = max(peak, _private(process.pid))
            time.sleep(_POLL_SECONDS)
        seconds = time.monotonic() - begun
        said.seek(0)
        last = (said.read().splitlines() or [""])[-1]
    if bool(process.returncode) is not bool(case.refusal) or case.refusal not in last:
        raise SystemExit(f"{case.what}: ended with {process.returncode}: {last}")
    return seconds, peak


def _private(pid: int) -> int:
    """Returns the private memory of a process and its children, in bytes."""
    try:
        process = psutil.Process(pid)
        processes = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    used = 0
    for one in processes:
        try:
            used += one.memory_full_info().uss
        except psutil.Error:  # the process has just ended
            continue
    return used


if __name__ == "__main__":
    sys.exit(main())
