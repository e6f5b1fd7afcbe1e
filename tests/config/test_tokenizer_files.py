"""Flaws of folders from which no tokenizer can be loaded."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.permissions import ordinary_permissions

from tokstats_parallel.config import tokenizer_files
from tokstats_parallel.config.tokenizer_files import flaw

GOOD = b'{"model": {}, "added_tokens": []}'
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 146946961\n"
SENTENCEPIECE = b"\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02"
LFS = "is a Git LFS pointer: fetch the file that it stands for with `git lfs pull`"

NOT_JSON = "tokenizer.json is not JSON ({}): copy it again"

FLAWS: dict[str, tuple[Mapping[str, bytes], str | None]] = {
    "nothing": ({}, "it is empty"),
    "good": ({"tokenizer.json": GOOD}, None),
    "pointer": ({"tokenizer.json": POINTER, "tokenizer_config.json": b"{}"}, f"tokenizer.json {LFS}"),
    "pointer to a model": ({"tokenizer.model": POINTER}, f"tokenizer.model {LFS}"),
    "page": (
        {"tokenizer.json": b"<!DOCTYPE html>"},
        "tokenizer.json is an HTML page: get the file itself, this may be a page with an error",
    ),
    "UTF-16": (
        {"tokenizer_config.json": "{}".encode("utf-16")},
        "tokenizer_config.json is text in UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`",
    ),
    "BOM": (
        {"tokenizer.json": b"\xef\xbb\xbf{}"},
        NOT_JSON.format("Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
    ),
    "deep": (
        {"tokenizer.json": b'{"a":' * 100_000},
        NOT_JSON.format("maximum recursion depth exceeded while decoding a JSON object from a unicode string"),
    ),
    "other JSON": (
        {"tokenizer.json": b'{"model": {}}'},
        "tokenizer.json is not that of a tokenizer (it has no 'added_tokens'): copy it again",
    ),
    "length 0": ({"tokenizer.json": b"", "vocab.json": b"{}"}, "tokenizer.json is empty: copy it again"),
    "list": (
        {"tokenizer.json": GOOD, "added_tokens.json": b"[]"},
        "added_tokens.json is not a JSON object: copy it again",
    ),
    "weights": (
        {f"{part}.bin": b"" for part in "abcdefghi"},
        "it has neither tokenizer.json nor another vocabulary, only a.bin, b.bin, c.bin and 6 more",
    ),
    "vocabulary without its kind": (
        {"vocab.json": b"{}", "merges.txt": b"#version: 0.2\n"},
        "it has merges.txt, vocab.json and no tokenizer_config.json, which names the kind of tokenizer",
    ),
    "vocabulary of a known kind": ({"vocab.txt": b"[UNK]\n", "config.json": b"{}"}, None),
    "tiktoken": ({"tokenizer.model": b"IQ== 0\n", "tokenizer_config.json": b"{}"}, None),
    "an inner folder": (
        {"tokenizer/tokenizer.json": b"{}", "config.json": b"{}"},
        "the tokenizer is not in it, but in its folder tokenizer: name that one",
    ),
    "the folder of a repository in the hub's cache": (
        {"snapshots/abc/tokenizer.json": b"{}", "refs/main": b"abc"},
        "the tokenizer is not in it, but in its folder snapshots/abc: name that one",
    ),
    "a folder of that name": ({"tokenizer.json/x": b""}, "tokenizer.json is a folder"),
}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("case", FLAWS)
def test_flaws(case: str, tmp_path: Path) -> None:
    files, expected = FLAWS[case]
    write(tmp_path, files)
    assert flaw(tmp_path) == expected


@pytest.mark.parametrize("name", ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"])
@pytest.mark.parametrize(
    ("installed", "missing"),
    [(set(), "sentencepiece protobuf"), ({"sentencepiece"}, "protobuf"), ({"google.protobuf"}, "sentencepiece")],
)
def test_sentencepiece_takes_two_packages(
    name: str, installed: set[str], missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenizer_files, "_is_installed", installed.__contains__)
    write(tmp_path, {name: SENTENCEPIECE})
    expected = f"{name} is a SentencePiece model, which takes `pip install {missing}` to read"
    assert flaw(tmp_path) == expected
    write(tmp_path, {"tokenizer_config.json": b"{}", "config.json": b"{}"})
    assert flaw(tmp_path) == expected
    monkeypatch.setattr(tokenizer_files, "_is_installed", lambda _module: True)
    assert flaw(tmp_path) is None
    monkeypatch.undo()
    write(tmp_path, {"tokenizer.json": GOOD})  # which is read in its place
    assert flaw(tmp_path) is None


def test_a_broken_link_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").symlink_to("nowhere")
    assert flaw(tmp_path) == "tokenizer.json cannot be read (No such file or directory)"
    assert flaw(tmp_path / "nowhere") == "it cannot be read (No such file or directory)"


def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    write(tmp_path, {"tokenizer.json": GOOD})
    (tmp_path / "tokenizer.json").chmod(0)
    with ordinary_permissions():
        assert flaw(tmp_path) == "tokenizer.json cannot be read (Permission denied)"
