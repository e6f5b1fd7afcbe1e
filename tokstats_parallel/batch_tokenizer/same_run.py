"""Same run: checks that batches are of the run whose result a user has, by the manifest of the result.

The config, the options or the data may have changed since that run. Then a batch has another vocabulary than the one
that the result counts.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.batch_tokenizer.series import BatchSeries
from tokstats_parallel.config.job import UNWRITTEN, Job
from tokstats_parallel.errors import ConfigError, CorpusError, reason

_ENDING = ".manifest.json"
_WITHOUT_INFLUENCE = {"num_batches", "train_directory"}
_LONGEST_SHOWN = 40


def require_same_run(series: BatchSeries, result: Path) -> None:
    """Checks that the batches of a series are batches of the run that made a result.

    Args:
        series: Batches whose data are opened.
        result: One of the result's files, or a folder with one result.

    Raises:
        ConfigError: There is no such result, it is of another config, seed or version, or it has fewer batches.
        CorpusError: The data have changed since the run.
    """
    path = _manifest_of(result)
    manifest = _read(path)
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


def _manifest_of(result: Path) -> Path:
    """Returns the path of the manifest of the result that a file or a folder belongs to."""
    if not result.is_dir():
        stem = result.name.removesuffix(_ENDING).removesuffix(".json").removesuffix(".parquet")
        return result.with_name(stem + _ENDING)
    manifests = sorted(result.glob(f"*{_ENDING}"))
    if len(manifests) != 1:
        raise ConfigError(
            f"--result {result}: the folder has {len(manifests)} results, not one; name a file of the result"
        )
    return manifests[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
        if isinstance(manifest, dict) and manifest.keys() >= {"config_digest", "corpora", "batches", "job"}:
            return manifest
    except OSError as error:
        raise ConfigError(
            f"--result: {path}: the manifest of the result cannot be read ({reason(error)}); name a file of a result"
        ) from error
    except (ValueError, RecursionError):
        pass
    raise ConfigError(f"--result: {path}: is not the manifest of a result; name a file of a result")


def _differences(manifest: Mapping[str, Any], job: Job) -> Iterator[str]:
    """Yields the values that differ between the job of a manifest and another job, the seed first."""
    versions = {"sampling_version": _native.SAMPLING_VERSION, "unicode_version": _native.UNICODE_VERSION}
    before = {**UNWRITTEN, **manifest["job"], **{name: manifest.get(name) for name in versions}}
    now = {**json.loads(json.dumps(job.flat(), default=str)), **versions}
    for key in sorted((before.keys() | now.keys()) - _WITHOUT_INFLUENCE, key=lambda key: (key != "seed", key)):
        old, new = before.get(key), now.get(key)
        if old != new:
            shown = f"{key}: {old} there, {new} here"
            yield shown if len(shown) <= _LONGEST_SHOWN + len(key) else f"other {key}"
