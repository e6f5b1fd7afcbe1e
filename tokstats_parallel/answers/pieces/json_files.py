"""JSON files of tokenizers: reads `tokenizer.json` of the library `tokenizers`, `vocab.json` and `tekken.json`."""

from collections.abc import Iterator, Mapping
from typing import Any

from tokstats_parallel.answers.pieces.base64_tokens import tekken_pieces
from tokstats_parallel.answers.pieces.readings import (
    SPACE_MARK,
    Reading,
    TokenizerPieces,
    byte_level,
    plain_text,
    space_mark,
    without_suffix,
    word_pieces,
)

_COMPONENTS = ("normalizer", "pre_tokenizer", "decoder")
_WORD_PREFIX = "##"


def json_pieces(name: str, content: Any) -> TokenizerPieces:  # noqa: ANN401 - whatever the file has
    """Returns the pieces of the JSON of a tokenizer.

    Raises:
        ValueError: The JSON is that of no known tokenizer file.
    """
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - it is the file's content that is wrong
    if isinstance(content.get("model"), dict):
        return _tokenizer_pieces(name, content)
    if isinstance(content.get("vocab"), list):
        return tekken_pieces(name, content)
    if content and all(type(number) is int for number in content.values()):
        if len(set(content.values())) < len(content):
            raise ValueError("two of its pieces have one id; a result's JSON, token -> count, is no tokenizer")
        return TokenizerPieces.read(
            name, _reading_of_vocabulary(content), ((number, piece) for piece, number in content.items())
        )
    raise ValueError("it is neither a tokenizer.json nor a tekken.json, nor a vocab.json, which has piece -> id")


def _tokenizer_pieces(name: str, content: Mapping[str, Any]) -> TokenizerPieces:
    """Returns the pieces of a `tokenizer.json`."""
    try:
        model = content["model"]
        added = {token["content"] for token in content.get("added_tokens") or ()}
        vocabulary = model["vocab"]
        if isinstance(vocabulary, list):  # Unigram: pairs of piece and score
            numbered = [(index, piece) for index, (piece, _) in enumerate(vocabulary)]
            unknown = model.get("unk_id")
            added |= {vocabulary[unknown][0]} if unknown is not None else set()
        else:
            numbered = [(number, piece) for piece, number in vocabulary.items()]
            added |= {model["unk_token"]} if model.get("unk_token") else set()
        pieces = [(number, piece) for number, piece in numbered if piece not in added]
        reading = _reading(content)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"a part of its tokenizer has another form ({error})") from error
    return TokenizerPieces.read(name, reading, pieces, apart=len(added))


def _reading(content: Mapping[str, Any]) -> Reading:
    """Returns the reading of the pieces of a `tokenizer.json`, by its components."""
    model = content["model"]
    components = [part for key in _COMPONENTS for part in _components(content.get(key))]
    byte_pieces = bool(model.get("byte_fallback"))
    prefix = model.get("continuing_subword_prefix")
    mark = next(filter(None, map(_mark, components)), None)
    if any(component["type"] == "ByteLevel" for component in components):
        reading = byte_level()
    elif mark:
        reading = space_mark(mark, byte_pieces=byte_pieces)
    elif model.get("type") == "WordPiece" or prefix:
        reading = word_pieces(prefix or _WORD_PREFIX)
    else:
        reading = plain_text(byte_pieces=byte_pieces)
    suffix = model.get("end_of_word_suffix")
    return without_suffix(reading, suffix) if suffix else reading


def _components(node: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - as above
    """Yields the component `node` and all components inside it, which sequences have."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for inner in node.values():
            yield from _components(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _components(inner)


def _mark(component: Mapping[str, Any]) -> str | None:
    """Returns the character that a component writes for a space; None if it writes none."""
    if component["type"] == "Metaspace":
        return str(component.get("replacement") or SPACE_MARK)
    if component["type"] == "Replace" and SPACE_MARK in (component.get("content"), _pattern(component)):
        return SPACE_MARK
    return None


def _pattern(component: Mapping[str, Any]) -> object:
    pattern = component.get("pattern")
    return pattern.get("String") if isinstance(pattern, dict) else None


def _reading_of_vocabulary(vocabulary: Mapping[str, int]) -> Reading:
    """Returns the reading of the pieces of a `vocab.json`, which has nothing but the pieces, by their characters."""
    if any("Ġ" in piece for piece in vocabulary):
        reading = byte_level()
    elif any(SPACE_MARK in piece for piece in vocabulary):
        reading = space_mark(byte_pieces="<0x00>" in vocabulary)
    elif any(piece.startswith(_WORD_PREFIX) and piece.strip("#") for piece in vocabulary):
        reading = word_pieces(_WORD_PREFIX)
    else:
        reading = plain_text(byte_pieces=False)
    return reading
