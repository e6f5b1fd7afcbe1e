"""Plan file: `plan.json` in a work folder, by which processes on other machines run their parts of a run.

It has the whole job, so that a task needs neither the config nor the reference tokenizer, the fingerprints of the
corpora, and the stretch of each task. The file is one line of JSON with a checksum, and is replaced as a whole.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import ResumeError, advice, reason
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.system.atomic import replacing
from tokstats_parallel.system.file_names import shell_word
from tokstats_parallel.tasks.stretches import StreamRange, Stretch

NAME = "plan.json"
FORMAT = 1

_JOB = TypeAdapter(Job)
_PLAN_AGAIN = "make it anew with `tokstats plan`"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """Plan of a run for tasks on any machines.

    Attributes:
        job: Job of the run.
        fingerprints: Language -> fingerprint of its corpus.
        use: Use of the corpora by the run.
        stretches: Stretch of each task, by the task's number from 0.
        cache_dir: Folder of converted corpora that the plan was made with; None for the user's cache on each machine.
        use_cache: Whether corpora are converted into the cache.
    """

    job: Job
    fingerprints: Mapping[str, str]
    use: CorpusUse
    stretches: tuple[Stretch, ...]
    cache_dir: Path | None = None
    use_cache: bool = True

    @property
    def tasks(self) -> int:
        """Number of tasks."""
        return len(self.stretches)

    def at(self, paths: Mapping[str, str]) -> Self:
        """Returns the plan for a machine on which the data have other paths.

        Args:
            paths: Beginning of a path in the plan -> beginning of the same path on this machine. The longest one that
                fits counts.
        """
        job = replace(self.job, train_directory=_moved(self.job.train_directory, paths))
        return replace(self, job=job, cache_dir=_moved(self.cache_dir, paths) if self.cache_dir else None)


def write(folder: Path, plan: TaskPlan) -> None:
    """Writes the plan file of a work folder; when this returns, the file is on the disk.

    Raises:
        OSError: The file cannot be written.
    """
    content = {
        "format": FORMAT,
        "versions": _versions(),
        "job_digest": plan.job.digest(),
        "job": _JOB.dump_python(plan.job, mode="json"),
        "corpora": dict(plan.fingerprints),
        "use": asdict(plan.use),
        "cache_dir": str(plan.cache_dir) if plan.cache_dir else None,
        "use_cache": plan.use_cache,
        "tasks": plan.stretches,
    }
    with replacing(folder / NAME) as temporary:
        temporary.write_text(json.dumps(content | {"sha256": _checksum(content)}) + "\n", "utf-8")


def read(folder: Path) -> TaskPlan | None:
    """Returns the plan of a work folder; None if the folder has no plan file.

    Raises:
        ResumeError: The file is damaged, or was written for another version of the program or of its parts.
    """
    path = folder / NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResumeError(
            f"{path}: cannot be read ({reason(error)}); {advice(error, 'see to that, and run the same command again')}"
        ) from error
    content = _checked(path, text)
    _refuse_other_versions(path, content)
    try:
        plan = _plan(content)
    except (LookupError, TypeError, ValueError, ValidationError) as error:
        raise ResumeError(f"{path}: damaged ({reason(error)}); {_PLAN_AGAIN}") from error
    if plan.job.digest() != content["job_digest"]:
        raise ResumeError(f"{path}: its job is not the one that was planned; {_PLAN_AGAIN}, with this version")
    return plan


def require(folder: Path) -> TaskPlan:
    """Returns the plan of a work folder.

    Raises:
        ResumeError: As for `read`, or the folder has no plan file.
    """
    plan = read(folder)
    if plan is None:
        found = "no plan here" if folder.is_dir() else "no such folder"
        raise ResumeError(f"{folder}: {found}; `tokstats plan CONFIG --work-dir {shell_word(folder)}` makes one")
    return plan


def _plan(content: Mapping[str, Any]) -> TaskPlan:
    return TaskPlan(
        job=_JOB.validate_python(content["job"]),
        fingerprints=content["corpora"],
        use=CorpusUse(**content["use"]),
        stretches=tuple(tuple(StreamRange(*part) for part in stretch) for stretch in content["tasks"]),
        cache_dir=Path(content["cache_dir"]) if content["cache_dir"] else None,
        use_cache=content["use_cache"],
    )


def _checked(path: Path, text: bytes) -> dict[str, Any]:
    """Returns the content of a plan file without its checksum.

    Raises:
        ResumeError: The checksum is not the one of the content.
    """
    try:
        content = json.loads(text)
        checksum = content.pop("sha256")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        content = checksum = None
    if not isinstance(content, dict) or checksum != _checksum(content):
        raise ResumeError(f"{path}: damaged, or not of this program; {_PLAN_AGAIN}")
    return content


def _refuse_other_versions(path: Path, content: Mapping[str, Any]) -> None:
    """Raises ResumeError if another version has written the plan, since its shards would differ from this version's."""
    there = {"format of the plan": content.get("format"), **(content.get("versions") or {})}
    here = {"format of the plan": FORMAT, **_versions()}
    other = [
        f"{name}: {there.get(name)} there, {value} here" for name, value in here.items() if there.get(name) != value
    ]
    if other:
        raise ResumeError(
            f"{path}: was made by another version of tokstats-parallel ({', '.join(other)}); "
            "install the same version on all machines"
        )


def _versions() -> dict[str, object]:
    return {
        "sampling version": _native.SAMPLING_VERSION,
        "Unicode version": _native.UNICODE_VERSION,
        "format of partials": partial.FORMAT,
    }


def _moved(path: Path, paths: Mapping[str, str]) -> Path:
    for start in sorted(paths, key=len, reverse=True):
        if path.is_relative_to(start):
            return Path(paths[start]) / path.relative_to(start)
    return path


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
