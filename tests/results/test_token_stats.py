"""`TokenStats`: a result is found by any of its files, read as it was written, and refused where files do not agree."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.paths import GOLDEN
from support.runs import make_job, run

from tokstats_parallel import TokenStats, _native
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.errors import ResultError, TokstatsError
from tokstats_parallel.results import result_table
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.results.parquet import FACTS_KEY

SPECIAL = ("<s>", "</s>", "<b>\u202e&", "ret")
FILES = ("out.json", "out.parquet", "out.manifest.json")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of one result."""
    folder = tmp_path_factory.mktemp("result")
    reference = Reference("</s>", tuple((token, index) for index, token in enumerate(SPECIAL)))
    run(make_job(tmp_path_factory.mktemp("job"), num_batches=60, reference=reference), folder / "out.json")
    return folder


@pytest.fixture
def result(written: Path, tmp_path: Path) -> Path:
    """A copy of the result, to be changed."""
    folder = tmp_path / "copy"
    shutil.copytree(written, folder)
    return folder


@pytest.fixture
def stats(written: Path) -> TokenStats:
    return TokenStats.load(written)


def counts_of(path: Path) -> dict[str, int]:
    counts: dict[str, int] = json.loads((path / "out.json").read_bytes())
    return counts


# Reading


@pytest.mark.parametrize("name", ["", *FILES])
def test_any_path_of_a_result_loads_it(name: str, written: Path) -> None:
    stats = TokenStats.load(written / name)
    assert stats.paths == tuple(written / file for file in FILES)
    assert dict(stats.counts) == counts_of(written)
    assert list(stats.counts) == list(counts_of(written))
    assert stats.batches == 60
    assert repr(stats) == f"TokenStats(60 batches, {len(stats.counts):,} tokens, '{written / 'out.json'}')"


@pytest.mark.parametrize("name", FILES[:2])
def test_one_file_is_enough(name: str, result: Path, written: Path) -> None:
    whole = TokenStats.load(written)
    for other in {*FILES} - {name}:
        (result / other).unlink()
    stats = TokenStats.load(str(result))
    assert dict(stats.counts) == dict(whole.counts)
    assert stats.batches == 60
    assert stats.manifest["occurrences"] == whole.manifest["occurrences"]
    if name == "out.parquet":
        assert stats.per_language.keys() == whole.per_language.keys()
        assert stats.to_arrow().equals(whole.to_arrow())
    else:
        with pytest.raises(ResultError, match=r"out\.json: has no counts of languages; put out\.parquet and "):
            _ = stats.per_language
        # `ret` may be a part of a pretoken, so nobody can tell that it is a special token.
        ours, theirs = (one.to_arrow(["token", "kind", "fixed"]).to_pylist() for one in (stats, whole))
        differ = [one["token"] for one, other in zip(ours, theirs, strict=True) if one != other]
        assert differ == ["ret"]


def test_a_parquet_alone_has_the_values_that_decide_the_draws(result: Path, written: Path) -> None:
    (result / "out.manifest.json").unlink()
    values = drawn_values(TokenStats.load(result).manifest)
    assert values
    assert values == drawn_values(TokenStats.load(written).manifest)


@pytest.mark.parametrize("lines", [1, 7, 848, 849, 850])
def test_a_json_is_read_in_blocks(lines: int, result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in FILES[1:]:
        (result / other).unlink()
    monkeypatch.setattr(result_table, "_BLOCK_LINES", lines)
    stats = TokenStats.load(result)
    assert list(stats.counts.items()) == list(counts_of(result).items())
    assert stats.counts["<s>"] == 60
    assert stats.top(10**6) == list(counts_of(result).items())


def test_a_result_of_the_older_layout(tmp_path: Path) -> None:
    stats = TokenStats.load(GOLDEN / "result_0.1.0")
    assert dict(stats.counts) == counts_of(GOLDEN / "result_0.1.0")
    table = stats.to_arrow()
    assert table.column_names == ["token", "text", "bytes", "kind", "fixed", "count", "count_python"]
    assert sum(table["fixed"].to_pylist()) == 391 + 2
    assert table.filter(pa.compute.equal(table["token"], "<s>"))["kind"].to_pylist() == ["special"]
    for name in FILES[:2]:
        shutil.copy(GOLDEN / "result_0.1.0" / name, tmp_path)
    with pytest.raises(ResultError, match="no counts of languages"):
        _ = TokenStats.load(tmp_path).per_language


def test_counts_are_a_mapping_that_knows_no_other_token(stats: TokenStats, written: Path) -> None:
    expected = counts_of(written)
    counts: Any = stats.counts
    assert counts == expected
    assert len(counts) == len(expected)
    assert list(counts.items()) == list(expected.items())
    assert list(counts.values()) == list(expected.values())
    assert {token: counts[token] for token in expected} == expected
    for other in ("no such token", "", "\ud800", 5, None):
        assert other not in counts
        with pytest.raises(KeyError):
            counts[other]
    assert repr(counts) == f"<counts of {len(expected):,} tokens, batches: 60>"


def test_counts_of_a_language_have_no_zeros(stats: TokenStats) -> None:
    table = stats.to_arrow()
    for language, counts in stats.per_language.items():
        pairs = zip(table["token"].to_pylist(), table[f"count_{language}"].to_pylist(), strict=True)
        expected = {token: count for token, count in pairs if count}
        assert dict(counts.items()) == expected
        assert len(counts) == len(expected) < len(stats.counts)
        missing = next(token for token in stats.counts if token not in expected)
        with pytest.raises(KeyError):
            counts[missing]
        assert counts.batches == stats.batches_per_language[language]


def test_inclusion_is_the_share_of_the_batches(stats: TokenStats) -> None:
    token = next(token for token, count in stats.counts.items() if 0 < count < 60)
    assert stats.inclusion[token] == stats.counts[token] / 60
    assert stats.inclusion["<s>"] == 1
    assert len(stats.inclusion) == len(stats.counts)
    for language, batches in stats.batches_per_language.items():
        counts = stats.per_language[language]
        assert set(counts.inclusion) == set(counts)
        assert {counts.inclusion[token] * batches - counts[token] for token in counts} == {0}


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("kind", [None, "word", "special"])
@pytest.mark.parametrize("language", [None, "python", "markdown"])
@pytest.mark.parametrize("n", [0, 1, 7, 450, 10**6])
def test_the_top_is_that_of_a_sort(
    n: int, language: str | None, kind: str | None, sampled: bool, stats: TokenStats
) -> None:
    column = f"count_{language}" if language else "count"
    rows = [
        (row["token"], row[column])
        for row in stats.to_arrow().to_pylist()
        if row[column] and (kind is None or row["kind"] == kind) and not (sampled and row["fixed"])
    ]
    expected = sorted(rows, key=lambda row: (-row[1], row[0]))[:n]
    assert stats.top(n, language=language, kind=kind, sampled=sampled) == expected


def test_a_table_has_the_manifest_in_its_metadata(stats: TokenStats) -> None:
    table = stats.to_arrow()
    assert json.loads(table.schema.metadata[FACTS_KEY.encode()]) == stats.manifest
    assert stats.to_arrow(["count", "text"]).column_names == ["count", "text"]


def test_a_result_is_plain_text_where_nothing_makes_html_of_it(
    stats: TokenStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenStats, "in_notebooks", None)
    assert stats._repr_html_() is None
    monkeypatch.setattr(TokenStats, "in_notebooks", lambda shown: f"<p>{shown.batches}")
    assert stats._repr_html_() == "<p>60"


def test_frames_have_the_columns(stats: TokenStats) -> None:
    table = stats.to_arrow()
    frame = stats.to_pandas()
    assert list(frame.columns) == table.column_names
    assert frame[frame["kind"] == "word"]["count"].tolist() == [
        row["count"] for row in table.to_pylist() if row["kind"] == "word"
    ]
    assert stats.to_polars().drop("kind").to_dicts() == table.drop_columns(["kind"]).to_pylist()


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_missing_package_is_named(package: str, stats: TokenStats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ImportError, match=f"{package} is not installed; run `pip install {package}`"):
        getattr(stats, f"to_{package}")()


# Refusing


def refused(path: Path, message: str) -> None:
    with pytest.raises(ResultError, match=message) as caught:
        len(TokenStats.load(path).counts)
    assert isinstance(caught.value, TokstatsError)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_what_is_no_result(tmp_path: Path, result: Path) -> None:
    refused(tmp_path / "none.json", r"none\.json: no such file; name the JSON, the Parquet or the manifest")
    (tmp_path / "other.json").write_text('{"a": 1}')
    refused(tmp_path / "other.json", r"other\.json: is cut off, or no JSON of a result; name a file that")
    (tmp_path / "other.manifest.json").write_text("{}")
    refused(tmp_path / "other.manifest.json", r"other\.manifest\.json: is damaged, or no manifest")
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "mine.parquet")
    refused(tmp_path / "mine.parquet", r"mine\.parquet: is no Parquet of a result")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "empty: holds no result; name")
    for name in FILES:
        shutil.copy(result / name, result / name.replace("out", "two"))
    refused(result, r"copy: holds several results \(out\.manifest\.json, two\.manifest\.json\); name one")
    assert TokenStats.load(result / "two.json").batches == 60


def test_a_parquet_of_other_types_or_without_values(tmp_path: Path, result: Path) -> None:
    table = pq.read_table(result / "out.parquet").replace_schema_metadata()
    path = tmp_path / "mine.parquet"
    position = table.schema.get_field_index("count")
    strings = table["count"].cast(pa.string())
    signed = table["count"].cast(pa.int64())
    for other in (*(table.set_column(position, "count", column) for column in (strings, signed)), table.slice(0, 0)):
        pq.write_table(other, path)
        refused(path, r"mine\.parquet: is no Parquet of a result; name the file that")
    gap = pa.concat_arrays([table["count"].combine_chunks()[:-1], pa.nulls(1, pa.uint64())])
    pq.write_table(table.set_column(position, "count", gap), path)
    refused(path, r"mine\.parquet: is damaged \(no value in a row of count\); write the result anew")


@pytest.mark.parametrize(
    "line",
    [
        '"q": -4', '"q": 0', '"q": 1.5', '"q": "x"', '"q": null', '"q": [1]', '"q": NaN', '"q": 50', '"q": 1e400',
        '"q": 99999999999999999999999', '"a0": 1', '"q', '"\\ud800": 1', '"q": ' + "[" * 5000,
    ],
)  # fmt: skip
def test_a_json_with_a_damaged_line_behind_its_head(line: str, result: Path) -> None:
    head = [f"  {json.dumps(token, ensure_ascii=False)}: {count}" for token, count in counts_of(result).items()]
    lines = [
        *(one for one in head if not one.endswith(": 1")),
        *(f'  "a{number}": 1' for number in range(10000, 18000)),
    ]
    lines[8000] = f"  {line}"
    lines.append('  "a0": 1')
    for name in ("out.parquet", "out.manifest.json"):
        (result / name).unlink()
    (result / "out.json").write_text("{\n" + ",\n".join(lines) + "\n}", "utf-8")
    refused(result / "out.json", r"out\.json: is damaged \(.*\); write the result anew")


def test_a_device_or_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "pipe: is a pipe, not a file of a result; name the JSON")
    refused(Path("/dev/null"), "/dev/null: is a device, not a file of a result; name the JSON")


@pytest.mark.parametrize("name", FILES)
def test_a_link_to_a_file_stands_for_its_target(name: str, written: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(written / name)
    assert TokenStats.load(tmp_path / "link").paths == tuple(written / file for file in FILES)


def test_links_to_all_files_may_have_targets_of_any_name(written: Path, tmp_path: Path) -> None:
    for number, name in enumerate(FILES):
        shutil.copy(written / name, tmp_path / f"blob{number}")
        (tmp_path / name).symlink_to(f"blob{number}")
    assert TokenStats.load(tmp_path / "out.json").batches_per_language == TokenStats.load(written).batches_per_language


def test_files_that_are_cut_off(result: Path) -> None:
    whole = (result / "out.parquet").read_bytes()
    for length in (0, 100, len(whole) - 1):
        (result / "out.parquet").write_bytes(whole[:length])
        refused(result / "out.parquet", r"out\.parquet: is damaged, or no Parquet \(.*\); write the result anew")
        refused(result / "out.json", r"out\.parquet: is damaged, or no Parquet")
    (result / "out.parquet").write_bytes(whole[:100] + bytes(2000) + whole[2100:])
    refused(result / "out.parquet", r"out\.parquet: is damaged \(.*\); write the result anew")
    (result / "out.parquet").unlink()
    (result / "out.json").write_bytes((result / "out.json").read_bytes()[:-200])
    refused(result / "out.json", r"out\.json: is cut off, or no JSON of a result; name a file")


def test_files_of_another_version(result: Path) -> None:
    manifest = json.loads((result / "out.manifest.json").read_bytes())
    (result / "out.manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    refused(result, r"out\.manifest\.json: has format 99, and this program reads format 1; use the version of")


@pytest.mark.parametrize(
    ("key", "value"), [("unique_tokens", 5), ("occurrences", 5), ("batches", 61), ("batches_per_language", {"go": 60})]
)
def test_a_manifest_of_another_result(key: str, value: object, result: Path) -> None:
    manifest = json.loads((result / "out.manifest.json").read_bytes())
    (result / "out.manifest.json").write_text(json.dumps(manifest | {key: value}))
    words = key.replace("_", " ")
    refused(result, rf"out\.manifest\.json: is not the manifest of out\.parquet: {words} differ; write the result anew")
    if key == "occurrences":
        (result / "out.parquet").unlink()
        refused(result / "out.json", r"out\.manifest\.json: is not the manifest of out\.json: occurrences differ")


def test_a_json_of_another_result(result: Path) -> None:
    counts = counts_of(result)
    changed = dict(sorted((counts | {"another": 3}).items(), key=lambda pair: (-pair[1], pair[0])))
    (result / "out.json").write_text(json.dumps(changed, indent=2, ensure_ascii=False), "utf-8")
    refused(result / "out.json", r"out\.json: is not the JSON of out\.parquet, whose rows differ")


def test_names_that_a_result_does_not_have(stats: TokenStats) -> None:
    for call, message in (
        (lambda: stats.per_language["pyton"], "pyton: no language of the result; did you mean python?"),
        (lambda: stats.top(language="rust"), "rust: no language of the result; it has python, markdown"),
        (lambda: stats.top(kind="words"), "words: no kind of tokens; did you mean word or word start?"),
        (lambda: stats.top(kind="x"), "x: no kind of tokens; kinds are special, byte, "),
        (lambda: stats.to_arrow(["token", "counts"]), "counts: no column of the result; did you mean count"),
        (lambda: stats.to_arrow(["count_rust"]), "count_rust: no column of the result; did you mean count"),
    ):
        with pytest.raises(ResultError) as caught:
            call()
        assert str(caught.value).startswith(message)
        assert isinstance(caught.value, KeyError)
    assert set(_native.KINDS) >= set(stats.to_arrow(["kind"])["kind"].to_pylist())
