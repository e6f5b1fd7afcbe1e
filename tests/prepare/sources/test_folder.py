"""Folders of source files: selection, order, and reasons for left-out files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.corpus.languages_table import LanguageTable, parse_mapping
from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.sources import folder
from tokstats_parallel.prepare.sources.folder import open_folders
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
    return [
        str(file.path.relative_to(root)) for file in walk(root, ignored=lambda _name: None, skipped=lambda _path: None)
    ]


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
    ignored: list[str] = []
    files = walk(tmp_path, ignored=ignored.append, skipped=lambda _path: None)
    found = [str(file.path.relative_to(tmp_path)) for file in files]
    assert found == [".gitignore", "sub/.gitignore", "sub/kept.log", "sub/top.py"]
    assert sorted(ignored) == ["a.log", "local.py", "top.py"]


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


def test_folders_of_third_party_code_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}/a.py": name for name in (*THIRD_PARTY_FOLDERS, ".git", "__pycache__", "b/vendor")})
    write(tmp_path, {"own.py": "own", ".gitignore": "/venv/"})
    skipped = {"skipped folder": len(THIRD_PARTY_FOLDERS) + 1}
    (source,) = open_folders([tmp_path], ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(source), source.left_out) == (["own"], skipped)
    with pytest.raises(PrepareError, match=r"no go file \(files found: python 1; skipped folder 12, see --from-dir\)"):
        open_folders([tmp_path], ["go"], mapping={}, max_file_bytes=100)


def test_a_folder_that_is_named_is_never_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"vendor/a.py": "a", "vendor/venv/b.py": "b", "own.py": "own"})
    (alone,) = open_folders([tmp_path / "vendor"], ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(alone), alone.left_out) == (["a"], {"skipped folder": 1})
    roots = [tmp_path, tmp_path / "vendor", tmp_path / "vendor" / "venv"]
    (source,) = open_folders(roots, ["python"], mapping={}, max_file_bytes=100).values()
    assert (texts_of(source), source.left_out) == (["own", "a", "b"], {})


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
