"""Tokens in base64: tiktoken files and `tekken.json`."""

import base64
from typing import Any

import pytest

from tokstats_parallel.answers.pieces.base64_tokens import is_tiktoken, tekken_pieces, tiktoken_pieces


def coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def tekken(*tokens: bytes, special: int = 2, size: int = 5) -> dict[str, Any]:
    vocabulary = [{"rank": rank, "token_bytes": coded(raw), "token_str": None} for rank, raw in enumerate(tokens)]
    return {"config": {"default_vocab_size": size, "default_num_special_tokens": special}, "vocab": vocabulary}


@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\n\n"])
def test_a_tiktoken_file(end: str) -> None:
    text = (end or "\n").join(f"{coded(raw)} {rank}" for raw, rank in [(b" def", 1), (b"\xe0", 0), (b"\n", 7)]) + end
    assert is_tiktoken(text.encode())
    found = tiktoken_pieces("t", text.encode())
    assert (found.ids, found.raw) == ((0, 1, 7), (b"\xe0", b" def", b"\n"))
    assert found.written[1] == coded(b" def")
    assert found.apart == 0


@pytest.mark.parametrize("line", ["IA==", "IA== x", "=A 1", "I A 1", " ", "IA== -1"])
def test_other_lines_are_none(line: str) -> None:
    assert not is_tiktoken(line.encode())
    with pytest.raises(ValueError, match="line 2 is no token"):
        tiktoken_pieces("t", f"IA== 0\n{line}\n".encode())


def test_base64_that_is_cut_off() -> None:
    with pytest.raises(ValueError, match="Incorrect padding"):
        tiktoken_pieces("t", b"IA= 0\n")


def test_a_tekken_has_the_pieces_of_its_default_size_behind_the_special_tokens() -> None:
    found = tekken_pieces("t", tekken(b"a", b" b", b"\xff", b"unused"))
    assert (found.ids, found.raw, found.apart) == ((2, 3, 4), (b"a", b" b", b"\xff"), 2)


def test_a_tekken_without_its_sizes() -> None:
    with pytest.raises(ValueError, match=r"lacks a part of a tekken.json \('default_num_special_tokens'\)"):
        tekken_pieces("t", {"config": {}, "vocab": []})
