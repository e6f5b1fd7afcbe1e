"""JSON files of tokenizers: every kind of model and of components has its reading."""

import json
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from tokstats_parallel.answers.pieces.json_files import json_pieces


def content(model: Any, **components: Any) -> dict[str, Any]:
    """The JSON of a tokenizer with a special token `<s>` and an added token `<|x|>`."""
    tokenizer = Tokenizer(model)
    for name, component in components.items():
        setattr(tokenizer, name, component)
    tokenizer.add_special_tokens(["<s>"])
    tokenizer.add_tokens(["<|x|>"])
    found: dict[str, Any] = json.loads(tokenizer.to_str())
    return found


def numbered(*pieces: str) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(pieces)}


BYTE_LEVEL = numbered("<s>", "Ġdef", "Ċ", "à¤", "▁x")
MARKED = numbered("<s>", "<unk>", "<0x0A>", "▁def", "▁▁", "त", "Ġ")
LLAMA = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
MARK_BYTES = {"<0x0A>": b"\n", "▁def": b" def", "▁▁": b"  ", "त": "त".encode(), "Ġ": "Ġ".encode()}
RAW = {"Ġdef": b" def", "Ċ": b"\n", "à¤": b"\xe0\xa4", "▁x": "▁x".encode()}
SEQUENCE = pre_tokenizers.Sequence([pre_tokenizers.Split("a", "isolated"), pre_tokenizers.ByteLevel()])


@pytest.mark.parametrize(
    ("made", "raw", "reading"),
    [
        (content(models.BPE(BYTE_LEVEL, []), pre_tokenizer=pre_tokenizers.ByteLevel()), RAW, "byte-level"),
        (content(models.BPE(BYTE_LEVEL, []), decoder=decoders.ByteLevel()), RAW, "byte-level"),
        (content(models.BPE(BYTE_LEVEL, []), pre_tokenizer=SEQUENCE), RAW, "byte-level"),
        (content(models.Unigram([(p, -1.0) for p in BYTE_LEVEL], 0), pre_tokenizer=SEQUENCE), RAW, "byte-level"),
        (
            content(models.BPE(MARKED, [], byte_fallback=True, unk_token="<unk>"), normalizer=LLAMA),  # noqa: S106
            MARK_BYTES,
            "▁ is a space, <0xNN> is one byte",
        ),
        (
            content(models.BPE(MARKED, [], byte_fallback=True, unk_token="<unk>"), decoder=decoders.Replace("▁", " ")),  # noqa: S106
            MARK_BYTES,
            "▁ is a space, <0xNN> is one byte",
        ),
        (
            content(models.Unigram([(p, -1.0) for p in MARKED], 1), pre_tokenizer=pre_tokenizers.Metaspace()),
            MARK_BYTES | {"<0x0A>": b"<0x0A>"},
            "▁ is a space",
        ),
        (
            content(models.BPE(numbered("_a", "▁"), []), decoder=decoders.Metaspace(replacement="_")),
            {"_a": b" a", "▁": "▁".encode()},
            "_ is a space",
        ),
        (
            content(models.WordPiece(numbered("[UNK]", "##ing", "def", ".", "##", "中", "##.", "त", "1"))),
            {
                "##ing": b"ing",
                "def": b" def",
                ".": b".",
                "##": b" ##",
                "中": "中".encode(),
                "##.": b".",
                "त": " त".encode(),
                "1": b" 1",
            },
            "## continues a word",
        ),
        (
            content(models.BPE(numbered("Ġ", "the</w>", "</w>"), [], end_of_word_suffix="</w>")),
            {"Ġ": "Ġ".encode(), "the</w>": b"the", "</w>": b""},
            "each piece is its own text; </w> at the end of a word is left out",
        ),
        (
            content(
                models.BPE(numbered("Ġa", "Ġ</w>"), [], end_of_word_suffix="</w>"),
                pre_tokenizer=pre_tokenizers.ByteLevel(),
            ),
            {"Ġa": b" a", "Ġ</w>": b" "},
            "byte-level",
        ),
        (
            content(models.BPE(numbered("<0x0A>", "▁"), [], byte_fallback=True)),
            {"<0x0A>": b"\n", "▁": "▁".encode()},
            "each piece is its own text, <0xNN> is one byte",
        ),
        (content(models.WordLevel(numbered("a b"), "a b")), {}, "each piece is its own text"),
    ],
)  # fmt: skip
def test_a_tokenizer_json(made: dict[str, Any], raw: dict[str, bytes], reading: str) -> None:
    found = json_pieces("t", made)
    assert dict(zip(found.written, found.raw, strict=True)) == raw
    assert found.reading.startswith(reading)
    ids = Tokenizer.from_str(json.dumps(made))
    assert [ids.token_to_id(piece) for piece in found.written] == list(found.ids)


def test_added_and_special_tokens_and_the_unknown_piece_are_apart() -> None:
    made = content(models.Unigram([("<s>", 0.0), ("<unk>", 0.0), ("a", 0.0)], 1))
    found = json_pieces("t", made)
    assert (found.written, found.apart) == (("a",), 3)  # <s>, <unk>, <|x|>


def test_a_byte_level_piece_with_another_character_is_its_text_as_the_decoder_writes_it() -> None:
    made = content(models.BPE(numbered("a b", "Ġa"), []), pre_tokenizer=pre_tokenizers.ByteLevel())
    assert json_pieces("t", made).raw == (b"a b", b" a")


@pytest.mark.parametrize(
    ("vocabulary", "raw"),
    [
        (["Ġa", "Ċ", "▁b"], (b" a", b"\n", "▁b".encode())),
        (["▁a", "<0x00>", "<0x0A>"], (b" a", b"\0", b"\n")),
        (["▁a", "<0x0A>"], (b" a", b"<0x0A>")),
        (["##a", "b"], (b"a", b" b")),
        (["##", "b"], (b"##", b"b")),
    ],
)
def test_a_vocabulary_alone_is_read_by_its_characters(vocabulary: list[str], raw: tuple[bytes, ...]) -> None:
    assert json_pieces("t", numbered(*vocabulary)).raw == raw


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "no JSON object"),
        ({}, "neither a tokenizer.json"),
        ({"a": 1.5}, "neither a tokenizer.json"),
        ({"a": True}, "neither a tokenizer.json"),
        ({"model": {}}, "another form"),
        ({"model": {"vocab": 3}}, "another form"),
        ({"model": {"vocab": [1]}}, "another form"),
        ({"model": {"vocab": [["a", 1]], "unk_id": 5}}, "another form"),
        ({"model": {"vocab": {"a": "b"}}}, "its id is no whole number"),
        ({"model": {"vocab": [[1, 1]]}}, "a piece is no string"),
        ({"model": {"vocab": {"a": 1}}, "added_tokens": [3]}, "another form"),
        ({"model": {"vocab": {"\ud800": 1}}}, "surrogates not allowed"),
        ({"a": 5, "b": 5}, "two of its pieces have one id"),
        ({"vocab": []}, "lacks a part of a tekken.json"),
    ],
)
def test_another_json(made: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        json_pieces("t", made)
