"""Tokenizers of batches as `transformers` loads them: special tokens, round trips, the split, the best pieces."""

import json
import math
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.places import SPECIAL, Place, make_place
from support.references import template, write_reference
from support.strategies import texts
from tokenizers import processors
from transformers import AutoTokenizer

from tokstats_parallel import BatchTokenizer, vocabulary
from tokstats_parallel.batch_tokenizer.folder import write_folder

SCRIPTS = (
    "def f(x):\n\treturn x  # it's\r\n",
    "Straße ﬁn naïve café e\u0301 Z\u0351\u036b\u0343",
    "नमस्ते दुनिया, বাংলা தமிழ் తెలుగు สวัสดีครับ",
    "Привет Ελλάδα مرحبا שלום 汉字 ひらがな 한국어 ქართული",
    "👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣ \0 \x85 \u2028 \u3000 \ufeff",
    "   leading, trailing   ",
    "١٢٣ १२ ½ Ⅷ 1234567890",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_place(tmp_path_factory.mktemp("place"))
    place.write(train_directory=str(place.folder / "train"))
    return place


def made(place: Place, reference: Path | None = None, **settings: Any) -> BatchTokenizer:
    tokens = {} if reference else SPECIAL
    named = {"tokenizer_name": str(reference)} if reference else {}
    cache = place.folder / "cache"
    return vocabulary(place.config, 5, set=named | settings, cache_dir=cache, **tokens)


def loaded(one: BatchTokenizer, folder: Path) -> Any:
    write_folder(one, folder, with_texts=False)
    return AutoTokenizer.from_pretrained(folder)


def ids_of(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


@pytest.mark.parametrize("prefix", [True, False])
def test_texts_are_decoded_to_themselves(prefix: bool, place: Place, tmp_path: Path) -> None:
    tokenizer = loaded(made(place, add_prefix_space=prefix), tmp_path)
    for text in SCRIPTS:
        ids = ids_of(tokenizer, text)
        assert tokenizer.decode(ids) == (" " if prefix else "") + text
        assert max(ids) < len(tokenizer)
    assert tokenizer.decode(ids_of(tokenizer, "")) == ""


@pytest.fixture(scope="module")
def without_prefix(place: Place) -> BatchTokenizer:
    return made(place, add_prefix_space=False)


@given(texts)
def test_any_text_is_decoded_to_itself(without_prefix: BatchTokenizer, text: str) -> None:
    tokenizer = without_prefix.tokenizer
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@given(texts)
def test_pieces_are_the_best_of_the_training_pretokens(without_prefix: BatchTokenizer, text: str) -> None:
    if any(token in text for token in without_prefix.special_ids):
        return
    scores = dict(without_prefix.vocabulary)
    pretokens = [oracle.map_bytes(pretoken.encode()) for pretoken in oracle.training_pretokens(text)]
    encoding = without_prefix.tokenizer.encode(text)
    assert "".join(encoding.tokens) == "".join(pretokens)
    best = math.fsum(oracle.best_score(pretoken, scores) for pretoken in pretokens)
    assert math.fsum(scores[token] for token in encoding.tokens) == pytest.approx(best)


def test_marks_stay_with_their_letters(without_prefix: BatchTokenizer) -> None:
    split = without_prefix.tokenizer.pre_tokenizer.pre_tokenize_str
    words = "नमस्ते दुनिया e\u0301a ก็"
    parts = [words[start:end] for _, (start, end) in split(words)]
    assert parts == ["नमस्ते", " दुनिया", " e\u0301a", " ก็"]
    assert all(unicodedata.category(part[0])[0] != "M" for part in parts)
    assert len(oracle.split(words)) > len(parts)


@given(st.lists(texts, min_size=1, max_size=4))
def test_the_split_is_the_oracles(without_prefix: BatchTokenizer, words: list[str]) -> None:
    text = " ".join(words)
    parts = [part for part, _ in without_prefix.tokenizer.pre_tokenizer.pre_tokenize_str(text)]
    assert parts == [oracle.map_bytes(pretoken.encode()) for pretoken in oracle.training_pretokens(text)]


NAMES = {"bos": "<s>", "eos": "</s>", "unk": "<unk>"}


@pytest.mark.parametrize(
    ("size", "special", "names"),
    [
        (900, {"<unk>": 0, "<s>": 1, "</s>": 2}, NAMES),
        (900, {"<unk>": 897, "<s>": 898, "</s>": 899}, NAMES),
        (900, {"<unk>": 17, "<s>": 300, "</s>": 301}, NAMES),
        (900, {"Ġ": 3, "th": 40, "a": 41, "</s>": 60}, {"eos": "</s>", "mask": "a", "cls": "th"}),
        (900, {}, {}),
        (900, {"<|end|>": 2, "<|user|>": 5, "<|tool|>": 120}, {"eos": "<|end|>"}),
    ],
    ids=["first", "last", "in the middle", "overlapping", "none", "without a name"],
)
def test_special_tokens_of_any_reference(
    size: int, special: Mapping[str, int], names: Mapping[str, str], place: Place, tmp_path: Path
) -> None:
    reference = write_reference(tmp_path / "reference", size, special, names)
    # Texts of one row each do not depend on the eos token.
    one = made(place, reference, do_sequence_packing=False)
    plain = made(place, write_reference(tmp_path / "plain", size, {}, {}), do_sequence_packing=False)
    assert list(one.vocabulary) == oracle.with_special_tokens(plain.vocabulary, special)
    tokenizer = loaded(one, tmp_path / "made")
    fits = all(number < len(one.pieces) for number in special.values())
    assert one.special_ids.keys() == special.keys()
    assert tokenizer.convert_tokens_to_ids(one.pieces) == list(range(len(one.pieces)))
    assert len(tokenizer) == len(set(one.pieces)) == len(one.pieces)
    if fits:
        assert one.special_ids == special
    else:
        assert one.pieces[-len(special) :] == sorted(special, key=special.__getitem__)
    expected = dict(names) | ({"pad": names["eos"]} if "eos" in names else {})
    assert dict(tokenizer.special_tokens_map) == {f"{name}_token": token for name, token in expected.items()}
    for token in names.values():
        text = f"x{token}y"
        assert ids_of(tokenizer, text).count(one.special_ids[token]) == 1
        assert one.vocabulary[one.special_ids[token]] == (token, 0.0)
    for token in special.keys() - set(names.values()):
        if token.startswith("<"):
            assert one.special_ids[token] not in ids_of(tokenizer, f"x{token}y")


@pytest.mark.parametrize("numbers", [(1, 2), (2, 70), (70, 800)])
@pytest.mark.parametrize("kind", ["template", "roberta", "bert", "sequence"])
def test_the_post_processor_is_the_references_with_the_ids_here(
    kind: str, numbers: tuple[int, int], place: Place, tmp_path: Path
) -> None:
    begin, end = ("<s>", numbers[0]), ("</s>", numbers[1])
    processor: Any = {
        "template": template(begin, end),
        "roberta": processors.RobertaProcessing(end, begin, add_prefix_space=False),
        "bert": processors.BertProcessing(end, begin),
        "sequence": processors.Sequence([processors.ByteLevel(trim_offsets=False), template(begin, end)]),
    }[kind]
    reference = write_reference(tmp_path / "r", 900, dict([begin, end]), {"bos": "<s>", "eos": "</s>"}, processor)
    one = made(place, reference)
    tokenizer = loaded(one, tmp_path / "made")
    ids = tokenizer.encode("some text")
    assert [ids[0], ids[-1]] == [one.special_ids["<s>"], one.special_ids["</s>"]]
    assert tokenizer.convert_ids_to_tokens([ids[0], ids[-1]]) == ["<s>", "</s>"]
    assert ids[1:-1] == ids_of(tokenizer, "some text")


def test_typed_tokens_come_first_in_their_order(place: Place, tmp_path: Path) -> None:
    typed = SPECIAL | {"special_tokens": "</s>,th,<x>"}
    one = vocabulary(place.config, 5, cache_dir=place.folder / "cache", **typed)
    assert one.pieces[:3] == ["</s>", "th", "<x>"]
    tokenizer = loaded(one, tmp_path)
    assert dict(tokenizer.special_tokens_map) == {"eos_token": "</s>", "pad_token": "</s>"}
    assert ids_of(tokenizer, "a<x>b").count(2) == 1
    assert one.tokenizer.post_processor is None


def test_an_eos_token_that_is_no_special_token_gets_no_piece(place: Place, tmp_path: Path) -> None:
    typed = SPECIAL | {"special_tokens": "<x>", "eos_token": "<end>"}
    one = vocabulary(place.config, 5, cache_dir=place.folder / "cache", **typed)
    tokenizer = loaded(one, tmp_path)
    assert dict(tokenizer.special_tokens_map) == {}
    assert len(tokenizer) == len(one.pieces)
    assert "<end>" not in one.pieces


def test_typed_special_tokens_leave_a_post_processor_of_others_out(place: Place, tmp_path: Path) -> None:
    reference = write_reference(
        tmp_path / "r", 50, {"<s>": 1, "</s>": 2}, {"bos": "<s>", "eos": "</s>"}, template(("<s>", 1), ("</s>", 2))
    )
    settings = {"tokenizer_name": str(reference)}
    cache = place.folder / "cache"
    one = vocabulary(place.config, 5, set=settings, special_tokens="</s>,<x>", cache_dir=cache)
    assert one.recipe.post_processor is None
    assert one.recipe.names == {"eos": "</s>", "pad": "</s>"}
    whole = vocabulary(place.config, 5, set=settings, special_tokens="</s>,<s>", cache_dir=cache)
    assert loaded(whole, tmp_path / "made").encode("")[:1] == [1]


def test_the_files_hold_all_scores_to_the_bit(without_prefix: BatchTokenizer, tmp_path: Path) -> None:
    write_folder(without_prefix, tmp_path, with_texts=False)
    written = json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))
    assert [(piece, score) for piece, score in written["model"]["vocab"]] == list(without_prefix.vocabulary)
    assert written["model"]["type"] == "Unigram"
    assert written["model"]["unk_id"] is None
    assert without_prefix.scores == [score for _, score in without_prefix.vocabulary]
    assert repr(without_prefix).startswith("BatchTokenizer(batch 5, ")
