"""Small results made by hand: given counts of substrings by language are merged and written as a run's result."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from support.packed import pack
from support.results import counted, facts_of, finish
from support.runs import small_job

from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.shards.partial import check, save
from tokstats_parallel.shards.plan import Shard


def small_result(
    folder: Path,
    counts: Mapping[str, tuple[int, Mapping[bytes, int]]],
    special_tokens: tuple[str, ...] = ("<s>",),
    *,
    job: Mapping[str, Any] = MappingProxyType({}),
    **facts: Any,
) -> TokenStats:
    """Writes a result to a new folder.

    Args:
        folder: Folder.
        counts: Language -> number of its batches, and substring -> count.
        special_tokens: Special tokens, with the ids 0, 1, ...
        job: Values of the job other than those of `small_job`.
        facts: Facts of the run other than those of `facts_of`, such as `min_count`.
    """
    folder.mkdir(parents=True)
    pairs = tuple((token, number) for number, token in enumerate(special_tokens))
    languages = tuple(Language(language, 1.0) for language in counts)
    own = {
        "languages": languages,
        "train_directory": folder,
        "num_batches": sum(batches for batches, _ in counts.values()),
        "reference": Reference(None, pairs),
    }
    made = small_job(**own | dict(job))
    partials = []
    for language, (batches, found) in counts.items():
        if batches:
            shard = Shard(language, 0, 0, batches)
            path = save(folder, shard, counted(shard, pack(found)), job_digest="", fingerprint="")
            partials.append(check(path, job_digest="", fingerprints={}))
    output = OutputPaths.of(folder / "result.json")
    known = facts_of(made, {language: batches for language, (batches, _) in counts.items()})
    finish(replace(known, **facts), partials, output)
    for partial in partials:
        partial.path.unlink()
    return TokenStats.load(output.json)
