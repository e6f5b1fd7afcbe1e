"""Manifest: a JSON file that says which run made a result, with which versions, and how long the run took.

The JSON and the Parquet of a result depend on the job, the corpora and the number of batches alone. The manifest also
has facts that may differ from run to run, such as times, versions and paths; the Parquet has the others, too.
"""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.results.collected import LeftOut, RunFacts
from tokstats_parallel.results.verify import Totals
from tokstats_parallel.system.file_names import json_values

FORMAT = 1


def manifest_text(facts: RunFacts, totals: Totals, left_out: LeftOut, seconds: Mapping[str, float]) -> str:
    """Returns the content of the manifest: an indented JSON object, with a line break at its end.

    Args:
        facts: Facts about the run.
        totals: Totals of the finished JSON and Parquet.
        left_out: Totals of the tokens that are not in them.
        seconds: Phase of the run -> seconds of wall-clock time.
    """
    manifest = _reproducible(facts, totals, left_out) | {
        "corpus_passes": {language: round(passes, 3) for language, passes in facts.use.passes.items()},
        "corpus_left_out": dict(facts.use.left_out),
        "config": {
            "weights": facts.job.facts.weights,
            "unknown_keys": list(facts.job.facts.unknown_keys),
            "defaults": dict(facts.job.facts.defaults),
        },
        "job": facts.job.flat() | {"train_directory": str(facts.job.train_directory)},
        "versions": {
            "tokstats-parallel": _native.VERSION,
            "python": platform.python_version(),
            "pyarrow": version("pyarrow"),
            "machine": platform.platform(),
        },
        "workers": facts.workers,
        "seconds": {phase: round(duration, 3) for phase, duration in seconds.items()},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(json_values(manifest), indent=2, ensure_ascii=False) + "\n"


def reproducible_text(facts: RunFacts, totals: Totals, left_out: LeftOut) -> str:
    """Returns the facts that the Parquet has in its metadata: one line of JSON.

    These are the facts of the manifest, with the values of the job that decide its draws in place of the whole job.
    It depends on the job, the corpora, the number of batches and the least count alone, as the bytes of the Parquet
    must (SPEC 5).
    """
    values = _reproducible(facts, totals, left_out) | {"drawn": facts.job.drawn()}
    return json.dumps(json_values(values), ensure_ascii=False)


def _reproducible(facts: RunFacts, totals: Totals, left_out: LeftOut) -> dict[str, Any]:
    job, texts = facts.job, facts.texts
    occurrences = (occurrences for _, occurrences in totals.languages)
    return {
        "format": FORMAT,
        "config_digest": facts.job_digest,
        "seed": job.seed,
        "sampling_version": _native.SAMPLING_VERSION,
        "unicode_version": _native.UNICODE_VERSION,
        "batches": job.num_batches,
        "batches_per_language": dict(facts.batches),
        **({} if texts is None else {"texts_per_language": dict(texts), "share_of_texts": _shares(texts)}),
        "unique_tokens": totals.tokens,
        "occurrences": totals.occurrences,
        "occurrences_per_language": dict(zip(facts.batches, occurrences, strict=True)),
        "min_count": facts.min_count,
        **({} if facts.min_count == 1 else _rare(facts, totals, left_out)),
        "corpora": dict(facts.fingerprints),
        "corpus_rows": dict(facts.use.rows),
    }


def _rare(facts: RunFacts, totals: Totals, left_out: LeftOut) -> dict[str, Any]:
    """Returns the totals of the tokens that are left out, and those of all tokens, written or not."""
    return {
        "left_out": {
            "tokens": left_out.tokens,
            "occurrences": left_out.occurrences,
            "occurrences_per_language": dict(zip(facts.batches, left_out.languages, strict=True)),
        },
        "with_left_out": {
            "unique_tokens": totals.tokens + left_out.tokens,
            "occurrences": totals.occurrences + left_out.occurrences,
        },
    }


def _shares(texts: Mapping[str, int]) -> dict[str, float]:
    """Returns the share of each language in all texts, rounded to six digits."""
    total = sum(texts.values())
    return {language: round(number / total, 6) for language, number in texts.items()}
