"""Measures whole commands: runs of `tokstats collect`, `tokstats --version`, and the end of a run, alone."""

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
    """A run of `collect`.

    Attributes:
        done: Its process.
        seconds: Phase -> seconds, as its manifest has them, and `all` of the run after its start.
    """

    done: Done
    seconds: dict[str, float]


@dataclass(slots=True)
class Runs:
    """The measuring of runs of a config.

    Attributes:
        words: The config and the options of `collect`.
        folder: Where results go.
        scale: How much is measured.
        say: Is told what is measured.
        digests: Batches -> digest of the result, which must not depend on anything else.
    """

    words: Sequence[str]
    folder: Path
    scale: Scale
    say: Say
    digests: dict[int, str] = field(default_factory=dict)

    def measure(self, keys: Sequence[str]) -> dict[str, Figure]:
        """Key -> figure, for those of the keys that are of runs.

        Raises:
            BenchmarkError: Two runs that should be the same are not, or one failed.
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
        """Runs by one worker and by two, in turns."""
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
        """A run by one worker and one by two, whose memory is watched and whose time does not matter."""
        runs = [self.collect(self.scale.pair, workers, watched=True) for workers in (1, 2)]
        return Figure([run.done.private_bytes / 1e6 for run in runs], _peak(runs))

    def growth(self) -> Figure:
        """A long run's cost a batch over short ones', from its first shard to its end."""
        shorts = [self.collect(self.scale.short, 2) for _ in range(self.scale.rounds)]
        long = self.collect(self.scale.long, 2)
        cost = long.seconds["all"] / self.scale.long
        ratios = [cost * self.scale.short / short.seconds["all"] for short in shorts]
        details = {"short": _phases(shorts), "long": _phases([long])}
        return Figure(ratios, _peak([*shorts, long]), details)

    def collect(self, batches: int, workers: int, *, watched: bool = False) -> Run:
        """One run."""
        self.say(f"{batches:,} batches, workers: {workers}")
        output = self.folder / "run.json"
        command = [sys.executable, "-m", "tokstats_parallel", "collect", *self.words, "--quiet", "--json"]
        command += ["--num-batches", str(batches), "--workers", str(workers), "--output-file", str(output)]
        done = run(command, watched=watched)
        with output.open("rb") as file:  # not read whole: this process's peak would pass to those that it starts
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if self.digests.setdefault(batches, digest) != digest:
            raise BenchmarkError(f"two runs of {batches:,} batches differ")
        seconds = json.loads(output.with_suffix(".manifest.json").read_text("utf-8"))["seconds"]
        return Run(done, {**seconds, "all": done.answer["seconds"] - seconds["corpora"]})


def _peak(runs: Sequence[Run]) -> int:
    return max(run.done.peak_bytes for run in runs)


def _phases(runs: Sequence[Run]) -> dict[str, float]:
    """The medians of what runs took: the whole process, and each phase."""
    phases = {phase: median(run.seconds[phase] for run in runs) for phase in runs[0].seconds}
    return {"process": median(run.done.seconds for run in runs)} | phases


def measure_version(scale: Scale, say: Say) -> Figure:
    """Times `tokstats --version`.

    Raises:
        BenchmarkError: It prints no version.
    """
    script = Path(sys.executable).with_name("tokstats")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "tokstats_parallel"]
    say("tokstats --version")
    run([*command, "--version"])  # compiles the modules, where they are new
    starts = [run([*command, "--version"]) for _ in range(scale.starts)]
    if not all(start.output[:1].isdigit() for start in starts):
        raise BenchmarkError(f"--version printed {starts[0].output!r}")
    return Figure([start.seconds for start in starts], max(start.peak_bytes for start in starts))


def measure_merge(folder: Path, scale: Scale, say: Say) -> Figure:
    """Times the merging and writing of many tokens.

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
