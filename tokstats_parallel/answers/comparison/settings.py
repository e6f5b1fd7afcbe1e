"""Settings that differ between the runs of two results, by their manifests: the first thing that a reader must know."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tokstats_parallel.results.drawn_values import drawn_values

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
_ELSEWHERE = {"seed", "languages", "eos_token", "special_tokens", "sampling_version", "unicode_version"}
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
    one, other = dict(run_settings(left)), dict(run_settings(right))
    if not (drawn_values(left) and drawn_values(right)):
        one, other = {"batches": one["batches"]}, {"batches": other["batches"]}
    names = [*one, *(name for name in other if name not in one)]
    return [Difference(name, one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)]


def run_settings(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields name and value of everything that decides a result, in words that a user of the config knows."""
    job = drawn_values(manifest)
    yield "seed", manifest.get("seed")
    yield "batches", manifest.get("batches")
    yield "min_count", manifest.get("min_count", 1)
    for key in ("sampling_version", "unicode_version"):
        yield key, manifest.get(key)
    yield "eos token", job.get("eos_token")
    yield "special tokens", job.get("special_tokens")
    for key, value in job.items():
        if key not in _ELSEWHERE:
            yield _CONFIG_KEYS.get(key, key), value
    for language in job.get("languages", []):
        yield f"weight of {language['name']}", language["weight"]
    for language, batches in manifest.get("batches_per_language", {}).items():
        yield f"batches of {language}", batches
    for language, fingerprint in manifest.get("corpora", {}).items():
        yield f"data of {language}", f"fingerprint {fingerprint[:_SHORT_DIGEST]}"
