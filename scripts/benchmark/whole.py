"""Benchmark of whole commands: runs of `tokstats collect`, `tokstats --version`, and the merge at the end of a run."""

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmark.core import Say
from benchmark.process import BenchmarkError, Done, run, run_module
from benchmark.rows import Figure, Scale

RUN_KEYS = ("run", "scaling", "memory", "growth")


@dataclass(frozen=True, slots=True)
class Run:
    """Run of `collect`.

    Attributes:
        done: Process of the run.
        seconds: Phase -> seconds, from the manifest; `all` is the whole run without the opening of the corpora.
    """

    done: Done
    seconds: dict[str, float]


@dataclass(slots=True)
class Runs:
    """Measurement of runs of a config.

    Attributes:
        words: Config and options of `collect`, as words of a command line.
        folder: Folder for the results.
        scale: Number of repetitions and sizes.
        say: Prints a line of progress.
        digests: Number of batches -> digest of the result, which must depend on nothing else.
    """

    words: Sequence[str]
    folder: Path
    scale: Scale
    say: Say
    digests: dict[int, str] = field(default_factory=dict)

    def measure(self, keys: Sequence[str]) -> dict[str, Figure]:
        """Measures the rows of `keys` that are figures of runs, and returns key of the row -> figure.

        Raises:
            BenchmarkError: Two runs with equal parameters differ, or a run failed.
        """
        figures = {}
        if "run" in keys:
            runs = [self.collect(self.scale.run, 2) for _ in range(self.scale.run_rounds)]
            figures["run"] = Figure([run.done.seconds for run in runs], _peak(runs), _phases(runs))
        if "scaling" in keys:
            figures["scaling"] = self.scaling()
        if "memory" in keys:
            figures["memory"] = self.memory()
        if "growth" in keys:
            figures["growth"] = self.growth()
        return figures

    def scaling(self) -> Figure:
        """Measures runs by one worker and by two, in turns."""
        alone: list[Run] = []
        both: list[Run] = []
        begun = time.perf_counter()
        while not alone or time.perf_counter() - begun < self.scale.pair_seconds:
            alone.append(self.collect(self.scale.pair, 1))
            both.append(self.collect(self.scale.pair, 2))
        ratios = [one.done.seconds / two.done.seconds for one, two in zip(alone, both, strict=True)]
        shards = [one.seconds["shards"] / two.seconds["shards"] for one, two in zip(alone, both, strict=True)]
        details = {"shards alone": median(shards), "one worker": _phases(alone), "two workers": _phases(both)}
        return Figure(ratios, _peak([*alone, *both]), details)

    def memory(self) -> Figure:
        """Measures the memory of a run by one worker and of a run by two; their time is not used."""
        runs = [self.collect(self.scale.pair, workers, watched=True) for workers in (1, 2)]
        return Figure([run.done.private_bytes / 1e6 for run in runs], _peak(runs))

    def growth(self) -> Figure:
        """Measures the cost of a batch in a long run over its cost in short runs, from the first shard to the end."""
        shorts = [self.collect(self.scale.short, 2) for _ in range(self.scale.rounds)]
        long = self.collect(self.scale.long, 2)
        cost = long.seconds["all"] / self.scale.long
        ratios = [cost * self.scale.short / short.seconds["all"] for short in shorts]
        details = {"short": _phases(shorts), "long": _phases([long])}
        return Figure(ratios, _peak([*shorts, long]), details)

    def collect(self, batches: int, workers: int, *, watched: bool = False) -> Run:
        """Runs `collect` once, and checks its result against earlier runs."""
        self.say(f"{batches:,} batches, workers: {workers}")
        output = self.folder / "run.json"
        command = [sys.executable, "-m", "tokstats_parallel", "collect", *self.words, "--quiet", "--json"]
        command += ["--num-batches", str(batches), "--workers", str(workers), "--output-file", str(output)]
        done = run(command, watched=watched)
        with output.open("rb") as file:  # not read whole: later processes would begin with this process's peak memory
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if self.digests.setdefault(batches, digest) != digest:
            raise BenchmarkError(f"two runs of {batches:,} batches differ")
        seconds = json.loads(output.with_suffix(".manifest.json").read_text("utf-8"))["seconds"]
        return Run(done, {**seconds, "all": done.answer["seconds"] - seconds["corpora"]})


def _peak(runs: Sequence[Run]) -> int:
    return max(run.done.peak_bytes for run in runs)


def _phases(runs: Sequence[Run]) -> dict[str, float]:
    """Returns the median seconds of runs: of the whole process, and of each phase."""
    phases = {phase: median(run.seconds[phase] for run in runs) for phase in runs[0].seconds}
    return {"process": median(run.done.seconds for run in runs)} | phases


def measure_version(scale: Scale, say: Say) -> Figure:
    """Times `tokstats --version`.

    Raises:
        BenchmarkError: The command prints no version.
    """
    script = Path(sys.executable).with_name("tokstats")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "tokstats_parallel"]
    say("tokstats --version")
    run([*command, "--version"])  # compiles modules that are new
    starts = [run([*command, "--version"]) for _ in range(scale.starts)]
    if not all(start.output[:1].isdigit() for start in starts):
        raise BenchmarkError(f"--version printed {starts[0].output!r}")
    return Figure([start.seconds for start in starts], max(start.peak_bytes for start in starts))


def measure_merge(folder: Path, scale: Scale, say: Say) -> Figure:
    """Times the merge and the writing of many tokens.

    Raises:
        BenchmarkError: Two repetitions differ, or tokens are missing.
    """
    say(f"merging {scale.tokens:,} tokens")
    run_module("merging", "make", str(folder), str(scale.tokens))
    merges = [run_module("merging", "time", str(folder)) for _ in range(scale.rounds)]
    answers = [merge.answer for merge in merges]
    if len({(answer["tokens"], answer["digest"]) for answer in answers}) != 1 or answers[0]["tokens"] < scale.tokens:
        raise BenchmarkError(f"merging {scale.tokens:,} tokens gave {[answer['tokens'] for answer in answers]}")
    details = {part: median(answer[part] for answer in answers) for part in ("merge", "write")}
    return Figure([answer["seconds"] for answer in answers], max(answer["peak_bytes"] for answer in answers), details)
