"""Job file, `job.json` in a work folder: describes the job of the shards, so that another run can say what differs.

Only a shard's own head decides whether the shard is used (see `partial`). The file is JSON of one line: format,
everything that can change a draw, fingerprints of the corpora, and a checksum of all this.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import ResumeError
from tokstats_parallel.shards.partial import FORMAT
from tokstats_parallel.system.atomic import replacing

NAME = "job.json"


def write(folder: Path, job: Job, fingerprints: Mapping[str, str]) -> None:
    """Writes the file; it is on the disk when this returns.

    Args:
        folder: The work folder.
        job: The job.
        fingerprints: Language -> hash of its rows' content.

    Raises:
        OSError: The file cannot be written.
    """
    content = {"format": FORMAT, "drawn": job.drawn(), "corpora": dict(fingerprints)}
    text = json.dumps(content | {"sha256": _checksum(content)})
    with replacing(folder / NAME) as temporary:
        temporary.write_text(f"{text}\n", "utf-8")


def read(folder: Path) -> dict[str, Any] | None:
    """Returns the content of the file, or None if there is no file.

    Raises:
        ResumeError: The file is damaged, or not of this program.
    """
    path = folder / NAME
    try:
        content = json.loads(path.read_bytes())
        checksum = content.pop("sha256")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResumeError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        checksum = content = None
    if not isinstance(content, dict) or checksum != _checksum(content):
        raise ResumeError(
            f"{path}: damaged, or not of this program; if it is, remove it: saved shards are checked by themselves"
        )
    return content


def differences(there: Mapping[str, Any], job: Job, fingerprints: Mapping[str, str] | None = None) -> str:
    """Lists the differences between a file's job and this one, for a message; empty if there are none.

    Args:
        there: The result of `read`.
        job: The job of this run.
        fingerprints: Language -> hash of its rows' content; corpora are not compared if it is None.
    """
    return ", ".join(_differences(there, job, fingerprints))


def _differences(there: Mapping[str, Any], job: Job, fingerprints: Mapping[str, str] | None) -> Iterator[str]:
    if there.get("format") != FORMAT:
        yield f"format: {there.get('format')} there, {FORMAT} here"
        return
    before, now = there["drawn"], json.loads(json.dumps(job.drawn()))
    for key in sorted(before.keys() | now.keys(), key=lambda key: (key != "seed", key)):
        if (old := before.get(key)) != (new := now.get(key)):
            yield f"other {key}" if isinstance(new, list) else f"{key}: {old} there, {new} here"
    if fingerprints is not None and before == now:
        other = [language for language in fingerprints if there["corpora"].get(language) != fingerprints[language]]
        if other:
            yield f"other corpus of {', '.join(other)}"


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
