"""Job file: `job.json` in a work folder describes the job of the saved shards.

The file lets a run of another job name the differences. Whether a shard is used depends only on the first line of the
shard's partial (see `partial`). The file is one line of JSON: format, all values that can change a draw, fingerprints
of the corpora, and a checksum of these.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel.config.job import UNWRITTEN, Job
from tokstats_parallel.errors import ResumeError, reason, remedy
from tokstats_parallel.shards.partial import FORMAT
from tokstats_parallel.system.atomic import replacing

NAME = "job.json"


def write(folder: Path, job: Job, fingerprints: Mapping[str, str]) -> None:
    """Writes the job file; when this returns, the file is on the disk.

    Args:
        folder: Work folder.
        job: Job of the shards.
        fingerprints: Language -> fingerprint of its corpus.

    Raises:
        OSError: The file cannot be written.
    """
    content = {"format": FORMAT, "drawn": job.drawn(), "corpora": dict(fingerprints)}
    text = json.dumps(content | {"sha256": _checksum(content)})
    with replacing(folder / NAME) as temporary:
        temporary.write_text(f"{text}\n", "utf-8")


def read(folder: Path) -> dict[str, Any] | None:
    """Returns the content of the job file in a work folder, or None if there is no such file.

    Raises:
        ResumeError: The file is damaged, or another program has written it.
    """
    path = folder / NAME
    try:
        content = json.loads(path.read_bytes())
        checksum = content.pop("sha256")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResumeError(
            f"{path}: cannot be read ({reason(error)}); {remedy(error)} and run the same command again"
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        checksum = content = None
    if not isinstance(content, dict) or checksum != _checksum(content):
        raise ResumeError(
            f"{path}: damaged, or not of this program; if it is, remove it: saved shards are checked by themselves"
        )
    return content


def differences(there: Mapping[str, Any], job: Job, fingerprints: Mapping[str, str] | None = None) -> str:
    """Returns a text with the differences between a job file's job and this run's job; empty if there are none.

    Args:
        there: Content of the job file, as `read` returns it.
        job: Job of this run.
        fingerprints: Language -> fingerprint of its corpus; None to leave out the comparison of corpora.
    """
    return ", ".join(_differences(there, job, fingerprints))


def _differences(there: Mapping[str, Any], job: Job, fingerprints: Mapping[str, str] | None) -> Iterator[str]:
    if there.get("format") != FORMAT:
        yield f"format: {there.get('format')} there, {FORMAT} here"
        return
    before, now = UNWRITTEN | there["drawn"], UNWRITTEN | json.loads(json.dumps(job.drawn()))
    for key in sorted(before.keys() | now.keys(), key=lambda key: (key != "seed", key)):
        if (old := before.get(key)) != (new := now.get(key)):
            yield f"other {key}" if isinstance(new, list) else f"{key}: {_shown(old)} there, {_shown(new)} here"
    if fingerprints is not None and before == now:
        other = [language for language in fingerprints if there["corpora"].get(language) != fingerprints[language]]
        if other:
            yield f"other corpus of {', '.join(other)}"


def _shown(value: object) -> object:
    return {"": "empty", None: "none"}.get(value, value) if isinstance(value, str | None) else value


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
