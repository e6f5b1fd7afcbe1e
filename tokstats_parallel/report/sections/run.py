"""Run: which run made a result, from which data, how long it took, and how to repeat it."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokstats_parallel.answers.comparison.settings import run_settings
from tokstats_parallel.answers.counted import share
from tokstats_parallel.report.contents import Block, Cell, Column, DataTable, Kind, Section
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.words import a_or_b
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.system.wording import duration

_ELSEWHERE = ("batches of ", "data of ", "weight of ")
_CONFIG = "CONFIG.json"


def run_section(result: Reported) -> Section:
    """Makes the section, with all that the result says about its run."""
    manifest = result.stats.manifest
    blocks: list[Block] = [_facts(result)]
    if result.sampled.batches_per_language:
        blocks.append(_languages(result))
    if seconds := manifest.get("seconds"):
        blocks.append(_phases(seconds))
    if drawn_values(manifest):
        blocks.append(_settings(manifest))
    return Section("run", "The run", _lead(result), blocks)


def command(result: Reported) -> str:
    """Returns the command that repeats the run, as far as the result knows it; the name of the config is not known."""
    manifest = result.stats.manifest
    words = ["tokstats", "collect", _CONFIG, "--num-batches", str(result.batches)]
    if (seed := manifest.get("seed")) is not None:
        words += ["--seed", str(seed)]
    if result.least > 1:
        words += ["--min-count", str(result.least)]
    return shlex.join([*words, "--output-file", result.stats.paths.json.name])


def _lead(result: Reported) -> str:
    manifest = result.stats.manifest
    if not drawn_values(manifest):
        return (
            "The result is a JSON alone, which does not say its seed, its languages or its data; put the Parquet and "
            "the manifest beside it to see them here."
        )
    lead = "Equal digests and equal fingerprints of the data give equal results, whatever the machine and the workers."
    if "seconds" not in manifest:
        return f"{lead} The result has no manifest, so times and versions of programs are not known."
    seconds, workers = sum(manifest["seconds"].values()), manifest.get("workers", 1)
    return f"The run took {_time(seconds)} with {a_or_b(workers, 'worker', 'workers')}. {lead}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)  # noqa: PLR2004 - a minute


def _facts(result: Reported) -> DataTable:
    return DataTable(
        "run",
        f"Facts about the run. {_CONFIG} in the command stands for the training's config, whose name the result does "
        "not have.",
        (Column("fact", "Fact", Kind.TEXT), Column("value", "Value", Kind.TEXT)),
        [(name, str(value)) for name, value in _all_facts(result) if value is not None],
    )


def _all_facts(result: Reported) -> Iterator[tuple[str, object]]:
    manifest, whole = result.stats.manifest, result.wholes[None]
    yield "Result", result.stats.paths.json.name
    yield "Command that repeats it", command(result)
    yield "Batches", f"{result.batches:,}"
    yield "Pieces in an average vocabulary", f"{whole.vocabulary:,.1f}"
    yield "Different tokens in the files", f"{len(result.sampled.total) + len(result.sampled.fixed):,}"
    yield "Occurrences", f"{whole.occurrences:,}"
    if left_out := manifest.get("left_out"):
        yield "Tokens left out", f"{left_out['tokens']:,}, of fewer than {result.least:,} batches"
    yield "Seed", manifest.get("seed")
    yield "Digest of the config", manifest.get("config_digest")
    yield "Weights of the languages", manifest.get("config", {}).get("weights") or None
    yield "Folder of the data", manifest.get("job", {}).get("train_directory")
    yield "Finished", manifest.get("finished")
    yield "Sampling version", manifest.get("sampling_version")
    yield "Unicode version", manifest.get("unicode_version")
    for name, version in manifest.get("versions", {}).items():
        yield ("Machine" if name == "machine" else f"Version of {name}"), version


def _languages(result: Reported) -> DataTable:
    manifest, batches = result.stats.manifest, result.sampled.batches_per_language
    texts = manifest.get("texts_per_language", {})
    names = dict.fromkeys([*batches, *texts, *manifest.get("corpora", {})])
    columns: list[tuple[Column, Mapping[str, Any]]] = [
        (Column("batches", "Batches"), batches),
        (
            Column("share", "Share", Kind.SHARE),
            {name: share(number, result.batches) for name, number in batches.items()},
        ),
        (Column("texts", "Texts in the pools"), texts),
        (Column("weight", "Weight", Kind.NUMBER, 3), _weights(manifest)),
        (Column("rows", "Rows of data"), manifest.get("corpus_rows", {})),
        (Column("passes", "Passes over the data", Kind.NUMBER, 2), manifest.get("corpus_passes", {})),
        (Column("fingerprint", "Fingerprint of the data", Kind.TEXT), manifest.get("corpora", {})),
    ]
    known = [(column, values) for column, values in columns if values]
    rows: list[Sequence[Cell]] = [(name, *(values.get(name) for _, values in known)) for name in names]
    return DataTable(
        "run-languages",
        "Batches and data of each language.",
        (Column("language", "Language", Kind.TEXT), *(column for column, _ in known)),
        rows,
    )


def _weights(manifest: Mapping[str, Any]) -> dict[str, float]:
    return {one["name"]: one["weight"] for one in drawn_values(manifest).get("languages", [])}


def _phases(seconds: Mapping[str, float]) -> DataTable:
    return DataTable(
        "run-phases",
        "Seconds of wall-clock time of each phase of the run; the writing of the files is not among them.",
        (Column("phase", "Phase", Kind.TEXT), Column("seconds", "Seconds", Kind.NUMBER, 3)),
        [*seconds.items()],
    )


def _settings(manifest: Mapping[str, Any]) -> DataTable:
    return DataTable(
        "run-settings",
        "Settings that decide the draws, under the names of the config where it has them.",
        (Column("setting", "Setting", Kind.TEXT), Column("value", "Value", Kind.TEXT)),
        [
            (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            for name, value in run_settings(manifest)
            if not name.startswith(_ELSEWHERE)
        ],
    )
