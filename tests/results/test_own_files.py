"""Own files: results of this program are known by their content, and nothing else is taken for one."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.old_result import OLD
from support.runs import make_job, run
from support.sample_page import sample_page

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.errors import OutputError
from tokstats_parallel.report.html import render
from tokstats_parallel.results import own_files
from tokstats_parallel.results.own_files import is_own_json, is_own_manifest, is_own_page, is_own_parquet
from tokstats_parallel.results.paths import OutputPaths, refuse_foreign_page

BYTES = sorted(_native.fixed_pieces()[:256])
SPECIAL = ("", "\n", " a", "!!", '"quoted"', "<s>", "\\", "汉", "😀")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    reference = Reference("</s>", tuple((token, index) for index, token in enumerate(SPECIAL)))
    return make_job(tmp_path_factory.mktemp("job"), num_batches=20, reference=reference)


def written(path: Path, content: bytes | str | Mapping[str, int]) -> Path:
    if isinstance(content, Mapping):
        content = json.dumps(content, indent=2, ensure_ascii=False)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("head_bytes", [50, 300, 2000, 1 << 16])
def test_a_result_is_known_by_any_part_of_its_beginning(
    head_bytes: int, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The special tokens sort before, between and after the bytes."""
    monkeypatch.setattr(own_files, "_HEAD_BYTES", head_bytes)
    paths = run(job).output
    assert paths.json.stat().st_size > 2000
    assert is_own_json(paths.json)
    assert is_own_parquet(paths.parquet)
    assert is_own_manifest(paths.manifest)


def test_the_results_of_earlier_versions_are_known(tmp_path: Path) -> None:
    assert is_own_json(written(tmp_path / "x", OLD["out.json"]))
    assert is_own_parquet(written(tmp_path / "x", OLD["out.parquet"]))
    assert is_own_manifest(written(tmp_path / "x", OLD["out.manifest.json"]))


COUNTS = dict.fromkeys(BYTES, 9) | {"Ġa": 3, "Ġb": 3, "Ġc": 2}
FOREIGN_JSON: dict[str, bytes | str | Mapping[str, int]] = {
    "text": "notes",
    "an empty object": "{}",
    "an object on one line": json.dumps(COUNTS),
    "another indent": json.dumps(COUNTS, indent=1),
    "a list": json.dumps(BYTES, indent=2),
    "counts of words": {"the": 9, "of": 8, "and": 8},
    "counts in another order": dict(sorted(COUNTS.items(), reverse=True)),
    "a byte is missing": {piece: count for piece, count in COUNTS.items() if piece != "x"},
    "a byte counts less": dict(sorted((COUNTS | {"x": 1}).items(), key=lambda pair: (-pair[1], pair[0]))),
    "a float": json.dumps(COUNTS | {"Ġc": 0.5}, indent=2, ensure_ascii=False),
    "a count of 0": json.dumps(COUNTS | {"Ġc": 0}, indent=2, ensure_ascii=False),
    "deep": "[" * 100_000,
    "more than the object": json.dumps(COUNTS, indent=2, ensure_ascii=False) + "\nmine",
    "bytes that are not UTF-8": json.dumps(COUNTS, indent=2, ensure_ascii=False).encode().replace(b"~", b"\xff"),
    "a tokenizer's vocabulary": json.dumps({token: index for index, token in enumerate(BYTES)}, indent=2),
}


@pytest.mark.parametrize("content", FOREIGN_JSON.values(), ids=FOREIGN_JSON)
def test_a_json_of_another_program(content: bytes | str | Mapping[str, int], tmp_path: Path) -> None:
    assert is_own_json(written(tmp_path / "own.json", COUNTS))
    assert not is_own_json(written(tmp_path / "x.json", content))


def test_a_parquet_of_another_program(job: Job, tmp_path: Path) -> None:
    """A table that somebody has made of a result is not replaced either."""
    paths = run(job).output
    result = pq.read_table(paths.parquet)
    tables = {
        "text": pa.table({"text": ["a row"]}),
        "no columns": pa.table({}),
        "a copy": result,
        "some rows": result.slice(0, 10),
        "no rows": result.slice(0, 0),
        "no languages": result.select(["token", "count"]),
        "other columns": result.append_column("mine", pa.array([1] * len(result))),
    }
    path = tmp_path / "x.parquet"
    for name, table in tables.items():
        pq.write_table(table, path, compression="zstd")
        assert not is_own_parquet(path), name
    whole = paths.parquet.read_bytes()
    for content in (b"mine", b"PAR1 and so on PAR1", whole[:-9], whole[:-9] + b"\xff" + whole[-8:]):
        assert not is_own_parquet(written(path, content)), content[:9]


@pytest.mark.parametrize(
    "content", ["notes", "{}", "[]", '{"format": 1}', '{"name": "dataset", "files": []}', "[" * 100_000, b"\xff"]
)
def test_a_manifest_of_another_program(content: str | bytes, tmp_path: Path) -> None:
    assert not is_own_manifest(written(tmp_path / "x.manifest.json", content))


@pytest.mark.parametrize("name", OLD)
def test_each_foreign_file_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    for other, content in OLD.items():
        (tmp_path / other).write_bytes(content)
    paths = OutputPaths.of(tmp_path / "out.json")
    paths.check_writable()
    (tmp_path / name).write_bytes(b"")
    paths.check_writable()
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(OutputError, match=f"{name}: was not written by this program.*; move it away, or name another"):
        paths.check_writable()
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_result_of_another_kind_is_foreign_too(tmp_path: Path) -> None:
    """The manifest of one result is no JSON of another."""
    (tmp_path / "out.manifest.json").write_bytes(OLD["out.manifest.json"])
    with pytest.raises(OutputError, match=r"out\.manifest\.json: was not written"):
        OutputPaths.of(tmp_path / "out.manifest.json").check_writable()


def test_a_file_that_comes_during_the_run_stays(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is lost: the same run, when it is moved away, has nothing more to draw."""
    theirs = tmp_path / "out.parquet"
    monkeypatch.setattr("tokstats_parallel.run.coordinator.check_sizes", lambda *_: theirs.write_bytes(b"mine"))
    with pytest.raises(OutputError, match=r"out\.parquet: was not written by this program"):
        run(job, tmp_path / "out.json")
    monkeypatch.undo()
    assert theirs.read_bytes() == b"mine"
    assert list((tmp_path / "out.json.work").glob("*.partial"))
    theirs.unlink()
    assert run(job, tmp_path / "out.json").written.totals.tokens


def test_a_page_is_known_by_its_head(tmp_path: Path) -> None:
    page = render(sample_page(5))
    own = written(tmp_path / "page.html", page)
    assert is_own_page(own)
    refuse_foreign_page(own)
    refuse_foreign_page(written(tmp_path / "empty.html", ""))
    refuse_foreign_page(tmp_path / "none.html")
    others = [
        "<!DOCTYPE html><p>tokstats",
        page.replace("tokstats-parallel ", "other "),
        f"x{page}",
        "\n" * 9999 + page,
    ]
    for content in others:
        foreign = written(tmp_path / "x.html", content)
        assert not is_own_page(foreign)
        with pytest.raises(OutputError, match="was not written by this program"):
            refuse_foreign_page(foreign)
