"""The summary: every fact, no markup, any width, and one JSON object."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from support.packed import pack
from support.results import facts_of, finish, save_partial
from support.runs import small_job

from tokstats_parallel import _native
from tokstats_parallel.config.job import ConfigFacts
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary import Summary, TokenShare, print_summary
from tokstats_parallel.errors import printable
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


def printed(summary: Summary, width: int = 80) -> str:
    file = io.StringIO()
    print_summary(summary, PatientConsole(file=file, width=width, highlight=False, emoji=False, markup=False))
    return file.getvalue()


def test_the_facts(summary: Summary, tmp_path: Path) -> None:
    unique = _native.FIXED_PIECES + len(SPECIAL)
    assert (summary.total_batches, summary.unique_tokens) == (8, unique)
    assert summary.total_occurrences == 8 * unique
    assert summary.average_per_batch == unique
    assert (summary.seed, summary.workers, summary.seconds) == (42, 2, 1.75)
    assert summary.languages == {"python": 3, "go": 5}
    assert summary.weights == "given by langs.txt"
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
    assert "20 most frequent of those that are sampled:" in printed(summary)


def test_everything_is_printed(summary: Summary) -> None:
    text = printed(summary)
    lines = text.splitlines()
    assert lines[:5] == [
        "Total batches:     8",
        "Total occurrences: 3,152",
        "Unique tokens:     394",
        "Average per batch: 394.0",
        "Languages:         python 3, go 5",
    ]
    assert "20 most frequent tokens, with the share of batches that held them:" in lines
    assert " 1  !  8  100.00 %" in lines
    assert all(f"  {path}" in lines for path in summary.output.values())
    assert "that are sampled" not in text
    assert "\x1b" not in text


def test_one_json_object_in_ascii(summary: Summary) -> None:
    odd = replace(summary, top_tokens=(TokenShare("Ġ😀\n", 8, 100.0),))
    text = odd.to_json()
    assert text.isascii()
    assert "\n" not in text
    facts = json.loads(text)
    assert facts["schema_version"] == 1
    assert facts["top_tokens"] == [{"token": "Ġ😀\n", "count": 8, "percent": 100.0}]
    assert facts == json.loads(json.dumps(asdict(odd)))


ODD_TOKENS = ("[red]x[/red]", "[/]", ":smile:", "\\[", "Ġ日本語", "e\u0301", "a" * 300, "\x1b[31m\n\u202e")


@pytest.mark.parametrize("width", [30, 80, 500])
def test_tokens_of_any_kind_fit_and_are_no_markup(summary: Summary, width: int) -> None:
    odd = replace(summary, top_tokens=tuple(TokenShare(token, 5, 62.5) for token in ODD_TOKENS), output={})
    text = printed(odd, width)
    table = [line for line in text.splitlines() if line.endswith(" %")]
    assert len(table) == len(ODD_TOKENS)
    assert all(cell_len(line) <= width and line.endswith("  5  62.50 %") for line in table)
    assert all(token in text for token in ("[/]", ":smile:", "Ġ日本語"))
    assert "\x1b" not in text
    assert ("a" * 300 in text) == (width == 500)


def test_characters_that_do_not_show_are_escaped() -> None:
    assert printable("Ġa\n\x1b\u202e[😀") == "Ġa\\n\\x1b\\u202e[😀"
