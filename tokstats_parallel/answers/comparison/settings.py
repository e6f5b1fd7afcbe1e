"""Settings that differ between the runs of two results, by their manifests: the first thing that a reader must know."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_CONFIG_KEYS = {
    "pack": "do_sequence_packing",
    "crop": "sample_text_span",
    "pools": "n_pools",
    "batch_texts": "train_batch_size",
    "window": "tokenizer_batch_size / train_batch_size",
    "size_mean": "tokenizer_sample_mean",
    "size_std": "tokenizer_sample_std",
    "size_min": "tokenizer_sample_min",
    "size_max": "tokenizer_sample_max",
    "noise_mean": "tokenizer_noise_mean",
    "noise_std": "tokenizer_noise_std",
    "span": "characters of a text (16 * block_size)",
}
"""Key of a manifest's job -> words that a user of the config knows."""
_ELSEWHERE = {"num_batches", "seed", "languages", "train_directory", "reference"}
_LIKE_THE_FORMER = {"pooling": "separate"}
"""Key -> value where a job has none, because earlier versions knew no other."""
_SHORT_DIGEST = 12


class Difference(NamedTuple):
    """Setting with the values of two runs; None where a run has none."""

    name: str
    left: Any
    right: Any


def differing_settings(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """Returns the settings, the data and the numbers of batches that differ between the manifests of two runs.

    Of a result that is a JSON alone, only the number of batches is known, and nothing else is compared.
    """
    one, other = dict(_facts(left)), dict(_facts(right))
    if not ("job" in left and "job" in right):
        one, other = {"batches": one["batches"]}, {"batches": other["batches"]}
    names = [*one, *(name for name in other if name not in one)]
    return [Difference(name, one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)]


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields name and value of everything that decides a result."""
    job = manifest.get("job", {})
    yield "seed", manifest.get("seed")
    yield "batches", manifest.get("batches")
    yield "min_count", manifest.get("min_count", 1)
    for key in ("sampling_version", "unicode_version"):
        yield key, manifest.get(key)
    reference = job.get("reference", {})
    yield "eos token", reference.get("eos_token")
    yield "special tokens", [token for token, *_ in reference.get("special_tokens", [])]
    for key, value in (_LIKE_THE_FORMER | job).items():
        if key not in _ELSEWHERE:
            yield _CONFIG_KEYS.get(key, key), value
    for language in job.get("languages", []):
        yield f"weight of {language['name']}", language["weight"]
    for language, batches in manifest.get("batches_per_language", {}).items():
        yield f"batches of {language}", batches
    for language, fingerprint in manifest.get("corpora", {}).items():
        yield f"data of {language}", f"fingerprint {fingerprint[:_SHORT_DIGEST]}"
