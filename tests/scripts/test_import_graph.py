"""The import graph: the tree keeps to the order of its rooms, and an import that does not is found."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import import_graph
import pytest
from import_graph import PAGE, PYTHON_ORDER, RUST_ORDER, circles, folders, members, python_modules, rust_modules
from support.paths import ROOT

PACKAGE, CRATE = "tokstats_parallel", "native/src"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of both languages' sources."""
    for folder in (PACKAGE, CRATE):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return tmp_path


def check(tree: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of `--check`, and its lines."""
    code = import_graph.main(["--check", "--root", str(tree)])
    printed = capsys.readouterr()
    assert printed.out == ""
    return code, printed.err


def plant(tree: Path, name: str, code: str) -> None:
    """Appends code to a file, which need not be there yet."""
    path = tree / (CRATE if name.endswith(".rs") else PACKAGE) / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{code}\n")


def test_the_tree_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(ROOT, capsys) == (0, "")


WRONG = [
    ("errors.py", "import tokstats_parallel.run.coordinator", "Python: errors imports run.coordinator"),
    ("shards/plan.py", "from tokstats_parallel.results import merge", "Python: shards.plan imports results.merge"),
    ("shards/plan.py", "from ..commands import main", "Python: shards.plan imports commands.main"),
    ("shards/plan.py", "def late():\n    import tokstats_parallel.display", "Python: shards.plan imports display"),
    ("shards/plan.py", "LAZY = 'tokstats_parallel.commands.parser:app'", "Python: shards.plan imports commands.parser"),
    ("attic/old.py", "import os", "Python: attic is no room"),
    ("base/hash.rs", "use crate::pool::Pool;", "Rust: base.hash imports pool"),
    ("base/hash.rs", "use crate::{base::simd, draw::{self, scan::{A, B}}};", "Rust: base.hash imports draw.scan"),
    ("base/hash.rs", "fn f() { super::super::text::column::g() }", "Rust: base.hash imports text.column"),
    ("draw/mod.rs", "use super::result::merge::merge;", "Rust: draw imports result.merge"),
    ("attic.rs", "", "Rust: attic is no room"),
]
RIGHT = [
    ("base/hash.rs", "mod inner {\n    use super::draw;\n}"),  # a function of the file itself
    ("base/hash.rs", "// crate::pool\n#[cfg(test)]\nmod more {\n    use crate::pool::Pool;\n}"),
    ("errors.py", "NAME = 'tokstats_parallel.commands.main'"),
]


def test_wrong_imports_are_found(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code, _ in WRONG:
        plant(tree, name, code)
    status, lines = check(tree, capsys)
    assert status == 1
    for *_, message in WRONG:
        assert f"{message}, which is above it\n" in lines or f"{message} of the order in import_graph.py\n" in lines


def test_other_code_is_not_taken_for_imports(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in RIGHT:
        plant(tree, name, code)
    assert check(tree, capsys) == (0, "")


def reversed_arrows() -> Iterator[tuple[str, str]]:
    """For each folder whose members import each other: a file, and the reverse of an import of it."""
    for modules, ending in ((python_modules(ROOT), "py"), (rust_modules(ROOT), "rs")):
        for folder in folders(modules)[1:]:
            files = {module for module in modules if module.rpartition(".")[0] == folder}
            inside = [(module, other) for module in sorted(files) for other in sorted(files & set(modules[module]))]
            if inside:
                module, other = inside[0]
                reverse = f"import {PACKAGE}.{module}" if ending == "py" else f"use crate::{module.replace('.', '::')};"
                yield f"{other.replace('.', '/')}.{ending}", reverse


def test_a_circle_is_found_in_every_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted = list(reversed_arrows())
    for name, code in planted:
        plant(tree, name, code)
    status, lines = check(tree, capsys)
    assert status == 1
    for name, _ in planted:
        folder = name.rpartition("/")[0].replace("/", ".")
        assert f"imports run in a circle in {folder}: " in lines


def test_a_room_that_is_gone_is_not_left_in_the_order(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(tree / CRATE / "draw")
    status, lines = check(tree, capsys)
    assert status == 1
    assert "names draw, which does not exist" in lines


def test_every_circle_is_told() -> None:
    graph = {"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c"], "e": []}
    assert sorted(sorted(set(circle)) for circle in circles(graph)) == [["a", "b"], ["c", "d"]]
    for circle in circles(graph):
        assert circle[0] == circle[-1]
        assert all(after in graph[before] for before, after in pairwise(circle))


def test_a_folder_counts_as_one_member_of_the_folder_above() -> None:
    modules = {"a": ["b.c"], "b": ["b.c"], "b.c": ["b.d.e", "x"], "b.d.e": ["b.d.f"], "b.d.f": [], "x": []}
    assert folders(modules) == ["", "b", "b.d"]
    assert members(modules) == {"a": {"b"}, "b": {"x"}, "x": set()}
    assert members(modules, "b") == {PAGE: {"c"}, "c": {"d"}, "d": set()}


def test_the_graph_is_printed_for_each_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert import_graph.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, modules, order in (
        ("Python", python_modules(ROOT), PYTHON_ORDER),
        ("Rust", rust_modules(ROOT), RUST_ORDER),
    ):
        begin = next(index for index, line in enumerate(lines) if line.startswith(f"{name}: {len(modules)} modules, "))
        shown = lines[begin + 2 : begin + 2 + len(order)]
        assert [line.split()[0] for line in shown] == list(order)
        for folder in folders(modules)[1:]:
            assert any(line.startswith(f"  in {folder}: ") for line in lines)
    assert lines[-1] == "wrong imports: 0"
