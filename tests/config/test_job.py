"""The keys of a job in files, which stay whatever the groups of its parameters are."""

from pathlib import Path

import pytest
from support.runs import small_job

from tokstats_parallel import _native

SAMPLING = {
    "span": 96,
    "pack": True,
    "crop": True,
    "pools": 1,
    "batch_texts": 4,
    "window": 3,
    "size_mean": 500.0,
    "size_std": 20.0,
    "size_min": 400,
    "size_max": 600,
    "noise_mean": 0.001,
    "noise_std": 1.0,
}
LANGUAGES = [{"name": "python", "weight": 1.0}, {"name": "markdown", "weight": 1.0}]


@pytest.fixture(autouse=True)
def _versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_native, "SAMPLING_VERSION", 2)
    monkeypatch.setattr(_native, "UNICODE_VERSION", "16.0.0")


def test_the_digest_is_what_it_was() -> None:
    """Another one would refuse all partials of earlier releases."""
    assert small_job().digest() == "c2a5fc6d3ecad6aaffbe4cbeedf27785b3b66aa278359af46100b110d754ba02"


def test_the_keys_of_the_job_file_are_what_they_were() -> None:
    drawn = small_job().drawn()
    drawn["languages"] = list(drawn["languages"])
    versions = {"sampling_version": 2, "unicode_version": "16.0.0"}
    expected = {"seed": 42, "languages": LANGUAGES, **SAMPLING, "eos_token": "</s>"}
    assert list(drawn.items()) == list((expected | {"special_tokens": ["<unk>", "<s>", "</s>"]} | versions).items())


def test_the_keys_of_the_manifest_are_what_they_were() -> None:
    flat = small_job().flat()
    flat["languages"] = list(flat["languages"])
    expected = {
        "num_batches": 150,
        "seed": 42,
        "languages": LANGUAGES,
        "train_directory": Path("/nowhere"),
        "reference": {"eos_token": "</s>", "special_tokens": (("<unk>", 0), ("<s>", 1), ("</s>", 2))},
        "pooling": "separate",
        **SAMPLING,
    }
    assert list(flat.items()) == list(expected.items())
