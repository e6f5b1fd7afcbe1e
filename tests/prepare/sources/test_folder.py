"""Folders of source files: selection, order, and reasons for left-out files."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.corpus.languages_table import LanguageTable, parse_mapping
from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.sources import folder
from tokstats_parallel.prepare.sources.folder import open_folders
from tokstats_parallel.prepare.sources.left_out import LeftOut
from tokstats_parallel.prepare.sources.list_files import THIRD_PARTY_FOLDERS, walk
from tokstats_parallel.prepare.sources.screen_files import screen


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def texts_of(source: folder.FolderSource) -> list[str]:
    (file,) = source.files
    batches = [batch for block in range(source.blocks(file)) for batch in source.read(file, block)]
    return [text for batch in batches for text in batch.kept().to_pylist()]


def names(root: Path) -> list[str]:
    return [str(file.path.relative_to(root)) for file in walk(root, LeftOut(lambda _name: None))]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.py", "python"),
        ("A.PY", "python"),
        ("a.tar.rs", "rust"),
        ("x.h", "c"),
        ("x.hpp", "cpp"),
        ("x.cs", "c-sharp"),
        ("Makefile", "makefile"),
        ("CMakeLists.txt", "cmake"),
        (".bashrc", "shell"),
        ("notes.txt", None),
        ("LICENSE", None),
        ("py", None),
    ],
)
def test_languages_have_the_names_of_the_hub(name: str, language: str | None) -> None:
    assert LanguageTable({}).language_of(name) == language


def test_mapping_comes_before_the_table() -> None:
    table = LanguageTable(parse_mapping([".h=cpp", "LICENSE = markdown"]))
    assert [table.language_of(name) for name in ("x.H", "LICENSE", "x.c")] == ["cpp", "markdown", "c"]


@pytest.mark.parametrize("entry", ["h", ".h=", "=cpp", ""])
def test_a_mapping_that_is_none(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"give for example --map \.h=cpp"):
        parse_mapping([entry])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a\0b", "binary"),
        (b" \n\t", "empty"),
        (b"", "empty"),
        (b"caf\xe9 = 1\n", "not UTF-8"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS pointer"),
        (b"x" * 301, "minified"),
        (b"x" * 299 + b"\nend", None),
    ],
)
def test_screening(content: bytes, reason: str | None) -> None:
    assert screen(content, name="a.js", prose=False)[1] == reason


def test_screening_knows_prose_names_and_byte_order_marks() -> None:
    assert screen(b"word " * 100, name="a.md", prose=True) == ("word " * 100, None)
    assert screen(b"x\n", name="jquery.min.js", prose=False) == (None, "minified")
    assert screen(b"\xef\xbb\xbfint a;\r\n", name="a.c", prose=False) == ("int a;\r\n", None)


@given(st.binary(max_size=200))
def test_screening_gives_a_text_or_a_reason(content: bytes) -> None:
    text, reason = screen(content, name="a.py", prose=False)
    assert (text is None) != (reason is None)


def test_the_walk_is_sorted_and_skips_links_and_folders_of_tools(tmp_path: Path) -> None:
    write(
        tmp_path,
        dict.fromkeys(["b.py", "a/z.py", "a/b/c.py", "a.py", ".git/x.py", "node_modules/y.py", ".prepare/z.py"], "x"),
    )
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")
    assert names(tmp_path) == ["a.py", "b.py", "a/z.py", "a/b/c.py"]


def test_gitignore_as_git_reads_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "*.log\nbuild/\n/top.py\n",
            "sub/.gitignore": "!kept.log\nlocal.py\n",
            **dict.fromkeys(["a.log", "build/a.py", "top.py", "sub/top.py", "sub/kept.log", "sub/local.py"], "x"),
        },
    )
    left_out = LeftOut(lambda name: name)
    found = [str(file.path.relative_to(tmp_path)) for file in walk(tmp_path, left_out)]
    assert found == [".gitignore", "sub/.gitignore", "sub/kept.log", "sub/top.py"]
    assert left_out.ignored == {"a.log": 1, "a.py": 1, "local.py": 1, "top.py": 1}


@pytest.mark.parametrize("rule", ["!", "[z-a]", "\\", "a\\", "[\\d-a]"])
def test_a_rule_that_is_no_pattern_ignores_nothing(tmp_path: Path, rule: str) -> None:
    write(
        tmp_path, {".gitignore": f"first.py\n{rule}\nlast.py\n", **dict.fromkeys(["first.py", "last.py", "z.py"], "x")}
    )
    notes: list[str] = []
    (source,) = open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100, note=notes.append).values()
    assert (texts_of(source), source.left_out) == (["x"], {"ignored by .gitignore": 2})
    assert notes == [f"{tmp_path}/.gitignore: line 2 is no pattern, so it ignores nothing"]


def test_a_gitignore_with_a_mark_odd_line_ends_and_names_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x")
    write(
        tmp_path, {".gitignore": b"\xef\xbb\xbfa.py\r\ncaf\xe9.py\r\nx\x0cy.py\n[[a].py\n", "a.py": "x", "y.py": "kept"}
    )
    (source,) = open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(source), source.left_out) == (["kept"], {"ignored by .gitignore": 2})


def test_folders_that_are_nested_deeper_than_calls(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_200):  # below the longest path, and above Python's limit
        os.mkdir("d", dir_fd=here)
        here, outer = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(outer)
    os.close(os.open("a.py", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    try:
        assert [name.count("/") for name in names(tmp_path)] == [1_200]
    finally:
        subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # noqa: S607 - Python's own removal is recursive


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "ignored.py",
            "ignored.py": "secret = 1",
            "a.py": "first = 1",
            "b/copy.py": "first = 1",
            "b/same_size.py": "other = 2",
            "c/binary.py": b"\0\1",
            "c/long.py": "x = 1\n" * 100,
            "d.go": "package d",
        },
    )
    sources = open_folders([tmp_path], ["python", "go"], mapping={}, max_file_bytes=100)
    python = sources["python"]
    assert texts_of(python) == ["first = 1", "other = 2"]
    assert python.left_out == {"ignored by .gitignore": 1, "over-long": 1, "duplicate": 1}
    (file,) = python.files
    (batch,) = python.read(file, 0)
    assert batch.left_out() == {"binary": 1}
    assert texts_of(sources["go"]) == ["package d"]


def test_files_in_folders_of_third_party_code_are_counted_and_named(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}/a.py": name for name in (*THIRD_PARTY_FOLDERS, ".git", "__pycache__", "b/vendor")})
    write(tmp_path, {"own.py": "own", ".gitignore": "/venv/", "b/vendor/deep/node_modules/x.py": "", "vendor/a.c": ""})
    notes: list[str] = []
    (source,) = open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100, note=notes.append).values()
    assert (texts_of(source), source.left_out) == (["own"], {"in skipped folders": 13})
    (note,) = notes
    assert note.startswith(f"python: 13 python files in skipped folders ({tmp_path}/b/vendor 2, ")
    assert note.endswith(" 1, and 2 more); name a folder with --from-dir to read it")
    with pytest.raises(
        PrepareError, match=r"no c file \(1 in skipped folders, see --from-dir: .*/vendor 1; files found: "
    ):
        open_folders([tmp_path], ["c"], mapping={}, max_file_bytes=100)
    with pytest.raises(PrepareError, match=r"no go file \(files found: python 1\); see --map"):
        open_folders([tmp_path], ["go"], mapping={}, max_file_bytes=100)


def test_files_that_are_all_ignored_are_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".gitignore": "*.py\nbuild/\n", **dict.fromkeys(["a.py", "b/c.py", "build/d/e.py", "build/f.go"], "x")},
    )
    with pytest.raises(PrepareError, match=r"no python file \(3 ignored by \.gitignore\); change the \.gitignore"):
        open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100)
    with pytest.raises(PrepareError, match=r"no go file \(1 ignored by \.gitignore\)"):
        open_folders([tmp_path], ["go"], mapping={}, max_file_bytes=100)


def test_links_are_counted_and_named(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "x", "b/c.py": "y"})
    (tmp_path / "src" / "l.py").symlink_to("a.py")
    (tmp_path / "src" / "gone.py").symlink_to("none.py")
    (tmp_path / "src" / "linked").symlink_to("b")
    notes: list[str] = []
    (source,) = open_folders([tmp_path / "src"], ["python"], mapping={}, max_file_bytes=9, note=notes.append).values()
    assert (texts_of(source), source.left_out) == (["x", "y"], {"symbolic link": 1})
    assert notes == [
        f"links to folders are not followed ({tmp_path}/src/linked); name a folder with --from-dir to read it"
    ]


def test_links_in_a_circle_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "src", {"a.py": "x"})
    for name in ("circle.py", "folder", ".gitignore"):
        (tmp_path / "src" / name).symlink_to(name)
    notes: list[str] = []
    (source,) = open_folders([tmp_path / "src"], ["python"], mapping={}, max_file_bytes=9, note=notes.append).values()
    assert (texts_of(source), source.left_out, notes) == (["x"], {}, [])


def test_a_folder_that_is_named_is_never_skipped(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"vendor/a.py": "a", "vendor/venv/b.py": "b", "own.py": "own", ".gitignore": "/dist", "dist/d.py": "d"},
    )
    (alone,) = open_folders([tmp_path / "vendor"], ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(alone), alone.left_out) == (["a"], {"in skipped folders": 1})
    roots = [tmp_path, tmp_path / "vendor", tmp_path / "vendor" / "venv", tmp_path / "dist"]
    (source,) = open_folders(roots, ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(source), source.left_out) == (["own", "a", "b", "d"], {})


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("pyton", "python"),
        ("Go", "go"),
        ("py", "python"),
        ("C++", "cpp"),
        ("CS", "c-sharp"),
        ("typescrip", "typescript"),
    ],
)
def test_a_language_that_is_spelled_otherwise(tmp_path: Path, asked: str, meant: str) -> None:
    write(tmp_path, {"a.py": "x"})
    with pytest.raises(PrepareError, match=rf"no {re.escape(asked)} file .*; did you mean {meant}\b"):
        open_folders([tmp_path], [asked], mapping={}, max_file_bytes=100)


def test_blocks_can_be_read_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "BLOCK_FILES", 3)
    monkeypatch.setattr(folder, "CHUNK_BYTES", 20)
    write(tmp_path, {f"{index:02}.py": f"number = {index}" for index in range(10)})
    source = open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100)["python"]
    (file,) = source.files
    assert source.blocks(file) == 4
    assert [text for batch in source.read(file, 3) for text in batch.kept().to_pylist()] == ["number = 9"]
    assert texts_of(source) == [f"number = {index}" for index in range(10)]


def test_the_version_changes_with_the_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1", "b.py": "x = 2"})

    def version() -> str:
        return open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100)["python"].version

    before = version()
    assert version() == before
    (tmp_path / "b.py").write_text("x = 10")
    assert version() != before


def test_a_language_without_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x", "b.py": "y", "c.go": "z"})
    with pytest.raises(PrepareError, match=r"no rust file \(files found: python 2, go 1\)"):
        open_folders([tmp_path], ["rust"], mapping={}, max_file_bytes=100)
    with pytest.raises(PrepareError, match="not a folder"):
        open_folders([tmp_path / "none"], ["rust"], mapping={}, max_file_bytes=100)
