"""`docs/architecture.md`: its tree, its crossings, its version numbers and its graph are those of the code."""

import ast
import re

import import_graph
import pytest
from benchmark import report
from support.paths import ROOT

from tokstats_parallel import _native
from tokstats_parallel.answers import coverage, distribution, shown_token
from tokstats_parallel.answers import top as top_tokens
from tokstats_parallel.answers.comparison import answer as comparison_answer
from tokstats_parallel.answers.comparison import language_matrix
from tokstats_parallel.batch_tokenizer import folder as batch_folder
from tokstats_parallel.commands import simulate, validate, vocabulary
from tokstats_parallel.corpus import cache_file
from tokstats_parallel.display import plan_text, summary
from tokstats_parallel.engines.slurm import record as slurm_record
from tokstats_parallel.prepare import manifest as prepare_manifest
from tokstats_parallel.results import manifest
from tokstats_parallel.shards import partial
from tokstats_parallel.tasks import plan_file, plan_status

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def tree() -> set[str]:
    """The folders that the tree shows, as paths."""
    shown: list[str] = []
    paths = set()
    for indent, name in re.findall(r"^( *)([\w/-]+/) ", section("The rooms").replace("/\n", "/ \n"), re.MULTILINE):
        shown = [*shown[: len(indent) // 2], name]
        paths.add("".join(shown))
    return paths


@pytest.mark.parametrize("top", ["tokstats_parallel", "native/src"])
def test_the_tree_has_every_folder(top: str) -> None:
    folders = {path.parent for ending in ("py", "rs") for path in (ROOT / top).rglob(f"*.{ending}")}
    expected = {f"{folder.relative_to(ROOT)}/" for folder in folders}
    assert {folder for folder in tree() if folder.startswith(top)} == expected


def test_the_other_folders_are_there() -> None:
    assert {folder for folder in tree() if not (ROOT / folder).is_dir()} == set()


def test_the_lists_of_rooms_are_in_the_order_that_is_checked() -> None:
    for top, order in (("tokstats_parallel", import_graph.PYTHON_ORDER), ("native/src", import_graph.RUST_ORDER)):
        listed = section("The rooms").partition(f"\n{top}/\n")[2].partition("\n\n")[0]
        shown = re.findall(r"^  (\w+)/", listed, re.MULTILINE)
        assert shown == [room for room in order if room in shown]


def test_every_crossing_is_named() -> None:
    stub = ast.parse((ROOT / "tokstats_parallel" / "_native.pyi").read_text("utf-8"))
    names = {node.name for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    names |= {
        node.target.id for node in stub.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    text = section("The way of the data")
    assert names == set(re.findall(r"`(\w+)`", text)) & (names | set(dir(_native))), "see the table of crossings"
    table = dict(re.findall(r"^\| (\d) \| ([^|]*) \|", text, re.MULTILINE))
    assert list(table) == re.findall(r"\((\d)\)$", text, re.MULTILINE)


def test_the_version_numbers_are_those_of_the_code() -> None:
    shown = re.findall(r"^\| ([^|]*), ([\d.]+) \| `([^`]*)` \|", section("Version numbers"), re.MULTILINE)
    assert [number for _, number, _ in shown] == [
        _native.VERSION,
        str(_native.SAMPLING_VERSION),
        _native.UNICODE_VERSION,
        str(partial.FORMAT),
        str(cache_file.FORMAT),
        str(manifest.FORMAT),
        str(prepare_manifest.FORMAT),
        str(summary.SCHEMA_VERSION),
        str(validate.SCHEMA_VERSION),
        str(simulate.SCHEMA_VERSION),
        str(batch_folder.FORMAT),
        str(vocabulary.SCHEMA_VERSION),
        str(coverage.SCHEMA_VERSION),
        str(top_tokens.SCHEMA_VERSION),
        str(shown_token.SCHEMA_VERSION),
        str(plan_file.FORMAT),
        str(slurm_record.FORMAT),
        str(plan_text.SCHEMA_VERSION),
        str(plan_status.SCHEMA_VERSION),
        str(distribution.SCHEMA_VERSION),
        str(comparison_answer.SCHEMA_VERSION),
        str(language_matrix.SCHEMA_VERSION),
        str(report.FORMAT),
    ]
    for name, _, path in shown:
        assert re.search(r"version|FORMAT", (ROOT / path).read_text("utf-8"), re.IGNORECASE), name


def test_no_version_number_is_forgotten() -> None:
    files = [path for top in ("tokstats_parallel", "native/src", "scripts") for path in (ROOT / top).rglob("*")]
    constant = re.compile(
        r"^(?:pub (?:\(crate\) )?const )?[A-Z_]*(?:VERSION|FORMAT)\b[^=\n]*= (?:\d+|\"[\d.]+\")", re.MULTILINE
    )
    holders = {
        str(path.relative_to(ROOT))
        for path in files
        if path.suffix in {".py", ".rs"} and constant.search(path.read_text("utf-8"))
    }
    assert holders <= set(re.findall(r"`([^`]*)`", section("Version numbers")))


def test_the_graph_has_as_many_rooms() -> None:
    for name, order in (("Python", import_graph.PYTHON_ORDER), ("Rust", import_graph.RUST_ORDER)):
        cells = re.search(rf"^\| {name}, after \| (.*) \|$", section("Before and after the rooms"), re.MULTILINE)
        assert cells
        _, _, rooms, _, circles = cells[1].split(" | ")
        assert (int(rooms), circles) == (len(order), "0")
