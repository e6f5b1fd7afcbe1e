"""Drawn values: the values of a run's job that decide its draws, as its manifest or its Parquet alone has them."""

from collections.abc import Mapping
from typing import Any

_LIKE_THE_FORMER = {"pooling": "separate"}
"""Key -> value where a run has none, because earlier versions knew no other."""


def drawn_values(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the values that decide the draws of a run, in the form that a Parquet's metadata has (SPEC 4, `drawn`).

    Args:
        manifest: Content of the run's manifest, or of the metadata of its Parquet.

    Returns:
        Key -> value; empty for a result that does not say them, such as a JSON alone.
    """
    if "job" not in manifest:
        drawn: dict[str, Any] = manifest.get("drawn", {})
        return _LIKE_THE_FORMER | drawn if drawn else {}
    job = dict(manifest["job"])
    reference = job.pop("reference", {})
    for key in ("num_batches", "train_directory"):
        job.pop(key, None)
    return (
        _LIKE_THE_FORMER
        | job
        | {
            "eos_token": reference.get("eos_token") if job.get("pack", True) else None,
            "special_tokens": [token for token, *_ in reference.get("special_tokens", [])],
            "sampling_version": manifest.get("sampling_version"),
            "unicode_version": manifest.get("unicode_version"),
        }
    )
