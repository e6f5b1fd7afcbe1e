import copy
import json
from typing import Any

from support.paths import TESTS

from tokstats_parallel.answers.comparison.settings import Difference, differing_settings
from tokstats_parallel.results.drawn_values import drawn_values

MANIFEST: dict[str, Any] = json.loads((TESTS / "golden" / "result_0.1.0" / "out.manifest.json").read_text("utf-8"))


def changed() -> dict[str, Any]:
    return copy.deepcopy(MANIFEST)


def test_equal_runs_have_no_difference_wherever_and_whenever_they_ran() -> None:
    other = changed()
    other["job"]["train_directory"] = "/elsewhere"
    other |= {"workers": 9, "seconds": {}, "finished": "later", "versions": {}}
    other["job"]["pooling"] = "separate"
    assert differing_settings(MANIFEST, other) == []


def test_each_kind_of_difference_is_named_in_the_config_s_words() -> None:
    other = changed() | {"seed": 7, "batches": 6, "batches_per_language": {"python": 6, "go": 0}}
    other["job"] |= {"noise_mean": 1e-5, "window": 16, "languages": [{"name": "python", "weight": 2.0}]}
    other["job"]["reference"]["special_tokens"] = [["<s>", 0]]
    other["corpora"] = {"python": "1" * 64}
    other["corpus_rows"] = {"python": 1234}
    assert differing_settings(MANIFEST, other) == [
        Difference("seed", 42, 7),
        Difference("batches", 5, 6),
        Difference("special tokens", ["<s>", "</s>"], ["<s>"]),
        Difference("tokenizer_batch_size / train_batch_size", 2, 16),
        Difference("tokenizer_noise_mean", 0.0, 1e-5),
        Difference("weight of python", 1.0, 2.0),
        Difference("batches of python", 5, 6),
        Difference("data of python", "fingerprint afa482217ff2", "fingerprint 111111111111"),
        Difference("batches of go", None, 0),
    ]


def test_a_result_without_a_manifest_is_compared_by_its_batches_alone() -> None:
    assert differing_settings(MANIFEST, {"batches": 9}) == [Difference("batches", 5, 9)]
    assert differing_settings({"batches": 5}, MANIFEST) == []


def test_a_parquet_without_its_manifest_says_the_same_settings() -> None:
    drawn = dict(drawn_values(MANIFEST))
    alone = {key: value for key, value in MANIFEST.items() if key != "job"} | {"drawn": drawn}
    assert differing_settings(MANIFEST, alone) == []
    assert differing_settings(alone, alone | {"drawn": drawn | {"window": 16}}) == [
        Difference("tokenizer_batch_size / train_batch_size", 2, 16)
    ]


def test_an_eos_token_differs_only_where_rows_are_packed() -> None:
    one, other = changed(), changed()
    one["job"]["pack"] = other["job"]["pack"] = True
    other["job"]["reference"]["eos_token"] = "<end>"  # noqa: S105 - no password
    assert [(name, right) for name, _, right in differing_settings(one, other)] == [("eos token", "<end>")]
    one["job"]["pack"] = other["job"]["pack"] = False
    assert differing_settings(one, other) == []
