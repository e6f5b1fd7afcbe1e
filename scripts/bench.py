"""Time and memory of a run: milliseconds a batch and worker, and the most private memory of a worker.

Each case runs in a process of its own, on converted corpora. That all cases give the same result is checked before a
figure is printed. `python scripts/bench.py [CONFIG [COLLECT OPTION ...]]`; the demo's config is the default.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

BATCHES = 1000
WORKERS = (1, 2)
ROUNDS = 3
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Figures:
    """One run: its result's digest, seconds in the shards and in all, and a worker's and the coordinator's peaks."""

    digest: str
    shards: float
    whole: float
    worker_bytes: int
    coordinator_bytes: int


def main() -> int:
    """Runs the cases, in turns, and prints medians."""
    arguments = sys.argv[1:] or ["configs/demo.json"]
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments, Path(folder), 1, batches=1)  # converts the corpora
        rounds = [{n: measure(arguments, Path(folder), n, BATCHES) for n in WORKERS} for _ in range(ROUNDS)]
    if len({figures.digest for cases in rounds for figures in cases.values()}) != 1:
        print("the results differ", file=sys.stderr)
        return 1
    print(f"{BATCHES} batches, medians of {ROUNDS} runs")
    print("workers  ms/batch/worker  seconds in all  MB a worker  MB coordinator")
    for workers in WORKERS:
        cases = [cases[workers] for cases in rounds]
        each = [1000 * workers * case.shards / BATCHES for case in cases]
        print(
            f"{workers:7d}  {median(each):15.2f}  {median([c.whole for c in cases]):14.2f}"
            f"  {max(c.worker_bytes for c in cases) / 1e6:11.0f}  {max(c.coordinator_bytes for c in cases) / 1e6:14.0f}"
        )
    return 0


def median(values: list[float]) -> float:
    """The middle one of an odd number of values."""
    return sorted(values)[len(values) // 2]


def measure(arguments: list[str], folder: Path, workers: int, batches: int) -> Figures:
    """One run of `collect` in a process of its own."""
    output = folder / "bench.json"
    command = [sys.executable, "-m", "tokstats_parallel", "collect", *arguments, "--quiet"]
    command += ["--num-batches", str(batches), "--workers", str(workers), "--output-file", str(output)]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    worker_bytes, coordinator_bytes = watch(process)
    if process.returncode:
        raise SystemExit(process.returncode)
    whole = time.perf_counter() - start
    manifest = json.loads(output.with_suffix(".manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    return Figures(digest, manifest["seconds"]["shards"], whole, worker_bytes, coordinator_bytes)


def watch(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The most private memory of any child and of the process itself, in bytes, until it ends."""
    parent = psutil.Process(process.pid)
    workers, coordinator = 0, 0
    while process.poll() is None:
        try:
            coordinator = max(coordinator, parent.memory_full_info().uss)
            workers = max([workers, *(child.memory_full_info().uss for child in parent.children(recursive=True))])
        except psutil.Error:
            pass  # it has just ended
        time.sleep(POLL_SECONDS)
    return workers, coordinator


if __name__ == "__main__":
    sys.exit(main())
