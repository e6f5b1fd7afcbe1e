"""Given tokenizers by name: files of every format, folders, the hub's cache, and what is no tokenizer."""

import json
import os
import shutil
from pathlib import Path

import pytest
from support.paths import ROOT
from support.references import write_reference
from support.sentencepiece_models import BYTE, NORMAL, model
from tokenizers import Tokenizer, models, pre_tokenizers

from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.errors import ConfigError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TIKTOKEN = "IA== 0\nIGRlZg== 1\n"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def byte_level() -> str:
    tokenizer = Tokenizer(models.BPE({"Ġdef": 0, "x": 1}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    return tokenizer.to_str()


@pytest.mark.parametrize(
    ("file", "content", "raw"),
    [
        ("tokenizer.json", byte_level().encode(), (b" def", b"x")),
        ("any.name", b" \n" + byte_level().encode(), (b" def", b"x")),
        ("vocab.json", b'{"\xc4\xa0def": 0}', (b" def",)),
        ("tokenizer.model", model([("▁def", NORMAL), ("<0x0A>", BYTE)]), (b" def", b"\n")),
        ("tokenizer.model", TIKTOKEN.encode(), (b" ", b" def")),  # so do some models name it
        ("x.tiktoken", TIKTOKEN.encode(), (b" ", b" def")),
        ("tokenizer.model.v3", model([("▁def", NORMAL)]), (b" def",)),
    ],
)
def test_a_file_is_known_by_its_first_bytes(file: str, content: bytes, raw: tuple[bytes, ...]) -> None:
    Path(file).write_bytes(content)
    found = find_pieces(file)
    assert found.raw == raw
    assert found.name == file


def test_a_folder_has_one_file_with_all_pieces() -> None:
    folder = Path("made")
    folder.mkdir()
    (folder / "x.tiktoken").write_text(TIKTOKEN)
    assert find_pieces("made").reading == "bytes in base64"
    (folder / "tokenizer.model").write_bytes(model([("▁def", NORMAL)]))
    assert find_pieces("made").reading == "▁ is a space"
    (folder / "tokenizer.json").write_text(byte_level())
    assert find_pieces("made").reading.startswith("byte-level")
    assert find_pieces("made").name == "made"


def test_transformers_loads_a_folder_without_such_a_file() -> None:
    folder = Path("gpt2")
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({"<|endoftext|>": 0, "Ġ": 1, "d": 2, "Ġd": 3}))
    (folder / "merges.txt").write_text("#version: 0.2\nĠ d\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer"}')
    found = find_pieces("gpt2")
    assert (found.raw, found.apart) == ((b" ", b"d", b" d"), 1)


def test_a_written_batch_tokenizer_has_its_pieces(tmp_path: Path) -> None:
    write_reference(tmp_path / "made", 5, {"<s>": 1}, {"bos": "<s>"})
    found = find_pieces("made")
    assert found.written == ("word2", "word3", "word4")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; name a folder or a file"),
        (b"PK\x03\x04rest", "is a zip archive; unpack it first"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer; fetch the file"),
        (b"hello world", "is neither a tokenizer.json, a SentencePiece model"),
        (b'{"model": ', "cannot be read: Expecting value: line 1 column 11 (char 10); copy it again"),
        (b'{"model": "x"}', "it is neither a tokenizer.json nor a tekken.json"),
        (b"[" * 100_000, "maximum recursion depth"),
        (b"\n\xff", "cannot be read: it ends within"),
        (b'{"model": \xff}', "'utf-8' codec can't decode byte 0xff"),
        (b"IA== 0\nIA= 1\nI 2\n", "cannot be read: Incorrect padding"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(content: bytes, message: str) -> None:
    Path("tokenizer.json").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        find_pieces("tokenizer.json")
    assert message in str(caught.value)
    assert str(caught.value).startswith("tokenizer 'tokenizer.json': ")


def test_a_pipe_is_not_waited_for() -> None:
    os.mkfifo("tokenizer.json")
    with pytest.raises(ConfigError, match="cannot be read \\(it is a pipe, not a file\\); name a folder or a file"):
        find_pieces("tokenizer.json")


@pytest.mark.parametrize("name", ["missing.json", "./missing", "a/b/c", "/missing", "missing.model", "", "a b"])
def test_a_name_that_the_hub_cannot_have_is_a_missing_file(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no such file or folder, and the hub has no such names"):
        find_pieces(name)


def test_a_name_of_the_hub_that_is_not_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    with pytest.raises(ConfigError) as caught:
        find_pieces("some/tokenizer")
    assert str(caught.value).startswith("tokenizer ('some/tokenizer', revision main) cannot be loaded: ")
    assert str(caught.value).endswith(
        "; name a folder or a file that has its pieces, or set HF_HOME to a cache that has it"
    )


def test_the_cache_of_the_hub_is_used_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--some--tokenizer" / "snapshots" / COMMIT
    shutil.copytree(ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer", folder)
    (tmp_path / "models--some--tokenizer" / "refs").mkdir()
    (tmp_path / "models--some--tokenizer" / "refs" / "main").write_text(COMMIT)
    found = find_pieces("some/tokenizer")
    local = find_pieces(str(folder))
    assert (found.name, found.ids, found.raw) == ("some/tokenizer", local.ids, local.raw)
    assert found.apart == local.apart == 3


def test_an_empty_folder_names_its_flaw() -> None:
    Path("made").mkdir()
    with pytest.raises(ConfigError, match="cannot be loaded: it is empty; name a folder or a file"):
        find_pieces("made")
