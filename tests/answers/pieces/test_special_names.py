"""Special tokens that the smaller files of a folder name."""

import json
from pathlib import Path

import pytest

from tokstats_parallel.answers.pieces.special_names import named_tokens


def test_every_file_and_every_form_counts(tmp_path: Path) -> None:
    config = {
        "bos_token": "<s>",
        "eos_token": {"content": "</s>", "lstrip": False},
        "pad_token": None,
        "add_bos_token": True,
        "additional_special_tokens": ["<a>", {"content": "<b>"}],
        "extra_special_tokens": {"image_token": "<image>"},
        "added_tokens_decoder": {"0": {"content": "<unk>", "special": True}},
        "tokenizer_class": "X",
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "special_tokens_map.json").write_text('{"mask_token": "<mask>"}')
    (tmp_path / "added_tokens.json").write_text('{"<added>": 7}')
    expected = {"<s>", "</s>", "<a>", "<b>", "<image>", "<unk>", "<mask>", "<added>"}
    assert named_tokens(tmp_path) == expected


@pytest.mark.parametrize("content", ["", "[]", "{", '{"added_tokens_decoder": 3, "additional_special_tokens": 3}', "["])
def test_a_file_without_names_has_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer_config.json").write_text(content)
    assert named_tokens(tmp_path) == set()
