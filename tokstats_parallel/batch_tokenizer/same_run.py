"""Same run: checks that batches are of the run whose result a user has, by the manifest of the result.

The config, the options or the data may have changed since that run. Then a batch has another vocabulary than the one
that the result counts.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel.batch_tokenizer.series import BatchSeries
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import ConfigError, CorpusError
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.results.result_files import open_result

_LONGEST_SHOWN = 40


def require_same_run(series: BatchSeries, result: Path) -> None:
    """Checks that the batches of a series are batches of the run that made a result.

    Args:
        series: Batches whose data are opened.
        result: One of the result's files, or a folder with one result.

    Raises:
        ResultError: There is no such result, or its files are damaged or not of one result.
        ConfigError: The result is of another config, seed or version, has fewer batches, or does not tell.
        CorpusError: The data have changed since the run.
    """
    opened = open_result(result)
    path, manifest = opened.known_by, opened.manifest
    if "config_digest" not in manifest:
        raise ConfigError(
            f"{path}: does not tell of its run; put {opened.paths.manifest.name} beside it, or leave --result out"
        )
    if manifest["config_digest"] != series.job.digest():
        differences = ", ".join(_differences(manifest, series.job)) or "other settings"
        raise ConfigError(f"{path}: is the result of another run ({differences}); undo that, or leave --result out")
    changed = [name for name, handle in series.corpora.items() if manifest["corpora"].get(name) != handle.fingerprint]
    if changed:
        raise CorpusError(
            f"{path}: the data of {', '.join(changed)} have changed since the run; put the former data there, or run "
            "`tokstats collect` again"
        )
    last = max(batch for batch, _ in series.draws)
    if last >= manifest["batches"]:
        raise ConfigError(
            f"{path}: has no batch {last:,}, since its run has {manifest['batches']:,} batches, from 0 on; choose "
            "another batch, or leave --result out"
        )


def _differences(manifest: Mapping[str, Any], job: Job) -> Iterator[str]:
    """Yields the values that differ between the run of a manifest and a job, the seed first."""
    before = drawn_values(manifest)
    now = drawn_values({"drawn": json.loads(json.dumps(job.drawn(), default=str))})
    for key in sorted(before.keys() | now.keys(), key=lambda key: (key != "seed", key)):
        old, new = before.get(key), now.get(key)
        if old != new:
            shown = f"{key}: {old} there, {new} here"
            yield shown if len(shown) <= _LONGEST_SHOWN + len(key) else f"other {key}"
