"""Versions: the facts that the programs of the coordinator and of each worker must have in common."""

from tokstats_parallel import _native
from tokstats_parallel.shards import partial

Versions = tuple[tuple[str, object], ...]
"""Pairs of name and value, for the versions that coordinator and workers must have in common."""


def versions() -> Versions:
    """Returns the versions of this process that decide what a shard counts, and how its partial is written."""
    return (
        ("tokstats-parallel", _native.VERSION),
        ("sampling version", _native.SAMPLING_VERSION),
        ("Unicode version", _native.UNICODE_VERSION),
        ("format of partials", partial.FORMAT),
    )


def differences(there: Versions, here: Versions) -> str:
    """Returns a text that names the versions that differ; empty if none does."""
    known = dict(there)
    return ", ".join(
        f"{name} {known.get(name)} there, {value} here" for name, value in here if known.get(name) != value
    )
