"""The summary: every fact, and one JSON object."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from support.packed import pack
from support.results import facts_of, finish, save_partial
from support.runs import small_job

from tokstats_parallel import _native
from tokstats_parallel.config.job import ConfigFacts
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.display.summary import Summary, TokenShare
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.shards.plan import Shard

SPECIAL = ("[red]x[/red]", ":smile:", "</s>")
JOB = small_job(
    num_batches=8,
    languages=(Language("python", 1.0), Language("go", 1.0)),
    train_directory=Path("/data"),
    reference=Reference("</s>", tuple((token, None) for token in SPECIAL)),
    size_mean=400.0,
    size_std=0.0,
    size_max=400,
    noise_mean=0.0,
    facts=ConfigFacts(weights="given by langs.txt"),
)


def collected(folder: Path, segment: bytes = b"") -> Collected:
    """The written result of eight batches; `segment` has the counts of go."""
    batches = {"python": 3, "go": 5}
    segments = {Shard("python", 0, 0, 3): b"", Shard("go", 0, 0, 5): segment}
    partials = [save_partial(folder, shard, packed) for shard, packed in segments.items()]
    collected = finish(replace(facts_of(JOB, batches), workers=2), partials, OutputPaths.of(folder / "x.json"))
    return replace(collected, seconds={"shards": 1.25, "merge": 0.5})


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    return Summary.of(collected(tmp_path))


def test_the_facts(summary: Summary, tmp_path: Path) -> None:
    unique = _native.FIXED_PIECES + len(SPECIAL)
    assert (summary.total_batches, summary.unique_tokens) == (8, unique)
    assert summary.total_occurrences == 8 * unique
    assert summary.average_per_batch == unique
    assert (summary.seed, summary.workers, summary.seconds) == (42, 2, 1.75)
    assert summary.languages == {"python": 3, "go": 5}
    assert summary.weights == "given by langs.txt"
    assert summary.texts is None
    assert summary.sampling == {
        "vocabulary_mean": 400.0,
        "vocabulary_std": 0.0,
        "vocabulary_min": 400,
        "vocabulary_max": 400,
        "special_tokens": 3,
        "noise_mean": 0.0,
        "noise_std": 1.0,
        "pooling": "separate",
        "pools": 1,
        "pool_texts": 12,
        "text_characters": 96,
    }
    assert len(summary.top_tokens) == 20
    assert summary.top_tokens[0] == TokenShare("!", 8, 100.0)
    assert summary.output == {
        "json": str(tmp_path / "x.json"),
        "parquet": str(tmp_path / "x.parquet"),
        "manifest": str(tmp_path / "x.manifest.json"),
    }


def test_tokens_that_are_always_there_are_not_among_the_sampled(tmp_path: Path) -> None:
    learned = {f"{number:02}x".encode(): 1 + number % 5 for number in range(30)}
    summary = Summary.of(collected(tmp_path, pack(learned | {b"</s>": 5, b"  ": 2})))
    expected = sorted(learned.items(), key=lambda pair: (-pair[1], pair[0]))[:20]
    assert summary.top_sampled_tokens == tuple(
        TokenShare(raw.decode(), count, 100 * count / 8) for raw, count in expected
    )
    assert summary.top_sampled_by_language == {
        "python": (),
        "go": tuple(TokenShare(raw.decode(), count, 100 * count / 5) for raw, count in expected),
    }


def test_one_json_object_in_ascii(summary: Summary) -> None:
    odd = replace(summary, top_tokens=(TokenShare("Ġ😀\n", 8, 100.0),))
    text = odd.to_json()
    assert text.isascii()
    assert "\n" not in text
    facts = json.loads(text)
    assert facts["schema_version"] == 1
    assert facts["top_tokens"] == [{"token": "Ġ😀\n", "count": 8, "percent": 100.0}]
    assert facts == json.loads(json.dumps(asdict(odd)))
