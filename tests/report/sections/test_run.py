"""The run: all that the manifest says, and the command that repeats it."""

import shlex
from pathlib import Path

import pytest
from support.pages import rows_of, tables_of
from support.report_results import odd_results

from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.run import command, run_section
from tokstats_parallel.results.token_stats import TokenStats


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TokenStats]:
    return odd_results(tmp_path_factory.mktemp("odd"))


def test_facts_of_the_manifest(reported: Reported) -> None:
    manifest = reported.stats.manifest
    section = run_section(reported)
    facts = {row["fact"]: row["value"] for row in rows_of(section, "run")}
    assert facts["Digest of the config"] == manifest["config_digest"]
    assert facts["Seed"] == str(manifest["seed"])
    assert facts["Occurrences"] == f"{manifest['occurrences']:,}"
    assert facts["Different tokens in the files"] == f"{manifest['unique_tokens']:,}"
    assert facts["Pieces in an average vocabulary"] == f"{manifest['occurrences'] / 125:,.1f}"
    assert facts["Version of python"] == manifest["versions"]["python"]
    assert facts["Finished"] == manifest["finished"]
    seconds = {row["phase"]: row["seconds"] for row in rows_of(section, "run-phases")}
    assert seconds == manifest["seconds"]
    settings = {row["setting"]: row["value"] for row in rows_of(section, "run-settings")}
    assert settings["n_pools"] == str(manifest["job"]["pools"])
    assert settings["special tokens"] == '["<s>"]'
    assert not [name for name in settings if name.startswith(("batches of", "weight of", "data of"))]


def test_languages_have_batches_and_shares(reported: Reported) -> None:
    rows = rows_of(run_section(reported), "run-languages")
    assert rows == [
        {"language": "go", "batches": 60, "share": 60 / 125, "weight": 1.0},
        {"language": "c", "batches": 40, "share": 40 / 125, "weight": 1.0},
        {"language": "lua", "batches": 25, "share": 25 / 125, "weight": 1.0},
    ]


def test_data_of_each_language(reported: Reported) -> None:
    manifest = reported.stats.manifest | {
        "corpora": {"go": "f1", "c": "f2", "lua": "f3"},
        "corpus_rows": {"go": 7, "c": 8, "lua": 9},
        "corpus_passes": {"go": 0.5, "c": 1.25},
    }
    stats = TokenStats.load(reported.stats.paths.json)
    stats.__dict__["manifest"] = manifest
    *_, last = rows_of(run_section(Reported.of(stats)), "run-languages")
    assert (last["rows"], last["passes"], last["fingerprint"]) == (9, None, "f3")


def test_command_repeats_the_run_as_far_as_it_is_known(odd: dict[str, TokenStats]) -> None:
    words = "tokstats collect CONFIG.json --num-batches 100 --seed 42 --min-count 2 --output-file result.json"
    assert command(Reported.of(odd["least count 2"])) == words
    words = "tokstats collect CONFIG.json --num-batches 100 --output-file result.json"
    assert command(Reported.of(odd["json alone"])) == words


def test_command_quotes_the_name_of_a_hostile_file(tmp_path: Path, odd: dict[str, TokenStats]) -> None:
    name = "a b$(c).json"
    source = odd["json alone"].paths.json
    (tmp_path / name).write_bytes(source.read_bytes())
    stats = TokenStats.load(tmp_path / name)
    assert shlex.split(command(Reported.of(stats)))[-1] == name


def test_mixed_pools_have_texts_by_language(odd: dict[str, TokenStats]) -> None:
    rows = rows_of(run_section(Reported.of(odd["mixed pools"])), "run-languages")
    assert [(row["language"], row["batches"], row["texts"]) for row in rows] == [
        ("all", 60, None),
        ("go", None, 7),
        ("c", None, 9),
    ]


def test_tokens_left_out_are_said(odd: dict[str, TokenStats]) -> None:
    facts = {row["fact"]: row["value"] for row in rows_of(run_section(Reported.of(odd["least count 5"])), "run")}
    number = odd["least count 5"].manifest["left_out"]["tokens"]
    assert facts["Tokens left out"] == f"{number}, of fewer than 5 batches"


def test_result_without_manifest_has_what_its_parquet_knows(odd: dict[str, TokenStats]) -> None:
    section = run_section(Reported.of(odd["without manifest"]))
    assert [table.name for table in tables_of([section])] == ["run", "run-languages", "run-settings"]
    assert section.lead.endswith("The result has no manifest, so times and versions of programs are not known.")


def test_json_alone_says_what_is_missing(odd: dict[str, TokenStats]) -> None:
    section = run_section(Reported.of(odd["json alone"]))
    assert [table.name for table in tables_of([section])] == ["run"]
    assert "put the Parquet and the manifest beside it" in section.lead
