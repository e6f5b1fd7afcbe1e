"""Sampling benchmark: times the split, a whole batch and its stages, and the yardstick, in turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from benchmark.process import ROOT, BenchmarkError, Done, run, run_module
from benchmark.rows import Figure, Scale

STAGES = ROOT / "native" / "target" / "release" / "examples" / "stages"
KEYS = ("split", "split-wide", "batch", "yardstick", "draw")
SPLITS = 50
YARDSTICKS = 3
_ONE_THREAD = {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"}

Say = Callable[[str], None]


def build_stages() -> None:
    """Builds the Rust program that times the stages of a batch, which Python cannot time."""
    manifest = str(ROOT / "native" / "Cargo.toml")
    run(["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", manifest, "--example", "stages"])


@dataclass(slots=True)
class Series:
    """Figures of one bench row, repetition by repetition.

    Attributes:
        values: Value of each repetition, in the row's unit.
        parts: Name of a part of the row -> its value in each repetition.
        peak_bytes: Greatest memory of any process, in bytes.
    """

    values: list[float] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)
    peak_bytes: int = 0

    def note(self, part: str, value: float, done: Done) -> None:
        """Adds the value of a part, and raises `peak_bytes` to the memory of the process that measured the value."""
        self.parts.setdefault(part, []).append(value)
        self.peak_bytes = max(self.peak_bytes, done.peak_bytes)

    def figure(self) -> Figure:
        """Returns the figure of the row, with the median of each part."""
        return Figure(self.values, self.peak_bytes, {part: median(values) for part, values in self.parts.items()})


@dataclass(slots=True)
class Core:
    """Measurement of the rows of the sampling.

    Attributes:
        inputs: Output of the program `inputs`.
        scale: Number of repetitions and sizes.
        say: Prints a line of progress.
        series: Key of a row -> its figures.
        digests: Name of an answer -> its digest, which must be the same every time.
    """

    inputs: Mapping[str, Any]
    scale: Scale
    say: Say
    series: dict[str, Series] = field(default_factory=lambda: {key: Series() for key in KEYS})
    digests: dict[str, str] = field(default_factory=dict)

    def measure(self) -> dict[str, Figure]:
        """Measures the rows of the sampling, and returns key of the row -> figure.

        Raises:
            BenchmarkError: An answer is wrong, or a process failed.
        """
        for number in range(self.scale.rounds):
            self.say(f"split, batch and draw, round {number + 1} of {self.scale.rounds}")
            languages = self.inputs["languages"]
            speeds = [self._language(name, of["texts"], of["stream"]) for name, of in languages.items()]
            self.series["split"].values.append(median(speeds))
            wide = [self._wide(name, texts) for name, texts in self.inputs["wide"].items()]
            self.series["split-wide"].values.append(min(wide))
        self.series["draw"].values = max(self.series["draw"].parts.values(), key=median)
        return {key: series.figure() for key, series in self.series.items()}

    def _language(self, name: str, texts: str, stream: Sequence[str]) -> float:
        """Measures a language once, and returns the speed of its split in GB/s."""
        speed, yardstick = self._split("split", name, texts)
        batch = run_module("shards", self.inputs["job"], name)
        self._check(f"shards of {name}", batch.answer["digest"])
        milliseconds = batch.answer["nanoseconds"] / 1e6
        self.series["batch"].values.append(milliseconds)
        self.series["batch"].note(name, milliseconds, batch)
        self.series["yardstick"].values.append(yardstick / milliseconds)
        self.series["yardstick"].note(f"{name}, ms of the yardstick", yardstick, batch)
        stages = run([str(STAGES), "batch", *stream, str(self.scale.steps)])
        self._check(f"stages of {name}", stages.answer["digest"])
        for stage, nanoseconds in stages.answer["nanoseconds"].items():
            key, part = ("draw", stage) if stage.startswith("draw") else ("batch", f"stage: {stage}")
            # Most batches sweep nothing, so the median of a sweep says nothing.
            typical = fmean if stage == "sweep" else median
            self.series[key].note(part, typical(nanoseconds) / 1e6, stages)
        return speed

    def _wide(self, name: str, texts: str) -> float:
        return self._split("split-wide", name, texts)[0]

    def _split(self, key: str, name: str, texts: str) -> tuple[float, float]:
        """Returns the speed of the core's split in GB/s, and milliseconds of the yardstick's split of these texts."""
        theirs = run_module("yardstick", texts, str(YARDSTICKS), environment=_ONE_THREAD)
        ours = run([str(STAGES), "split", texts, str(SPLITS)])
        for fact in ("pretokens", "digest"):
            if ours.answer[fact] != theirs.answer[fact]:
                raise BenchmarkError(f"the split of {name} differs from the yardstick's in its {fact}")
        speed = ours.answer["bytes"] / median(ours.answer["nanoseconds"])
        self.series[key].note(name, speed, ours)
        return speed, median(theirs.answer["nanoseconds"]) / 1e6

    def _check(self, what: str, digest: str) -> None:
        if self.digests.setdefault(what, digest) != digest:
            raise BenchmarkError(f"{what}: the answer differs from the previous one")
