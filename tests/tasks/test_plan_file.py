"""Plan file: what is read is what was written, and what does not fit is refused by name."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.runs import SMALL, small_job

from tokstats_parallel import _native
from tokstats_parallel.config.job import ConfigFacts
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.errors import ResumeError
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.shards.plan import plan
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import cut_stretches

ODD = small_job(
    seed=2**64 - 1,
    pooling=Pooling.MIXED,
    languages=(Language("c++ \u202e", 0.1 + 0.2), Language("r", 1e-300)),
    train_directory=Path("/data/na\udcefve"),
    reference=Reference(None, (("\ud7ff", None), ("</s>", 3))),
    facts=ConfigFacts(weights="given", unknown_keys=("a",), defaults={"steps": [1, None], "x": 0.1}),
)


def plan_of(job: Any = SMALL, tasks: int = 3, **values: Any) -> TaskPlan:
    fingerprints = {language.name: language.name.upper() for language in job.languages}
    use = CorpusUse(rows={"python": 7}, pool_texts={"python": 2}, passes={"python": 0.1}, left_out={"python": "x"})
    stretches = cut_stretches(plan(job), tasks, window=job.pool_size.batches)
    return TaskPlan(job=job, fingerprints=fingerprints, use=use, stretches=stretches, **values)


@pytest.mark.parametrize("job", [SMALL, ODD], ids=["small", "odd"])
def test_what_is_read_is_what_was_written(job: Any, tmp_path: Path) -> None:
    written = plan_of(job, cache_dir=Path("/cache"), use_cache=False)
    plan_file.write(tmp_path, written)
    read = plan_file.require(tmp_path)
    assert read == written
    assert read.job.digest() == job.digest()
    assert read.job.facts == job.facts
    assert read.tasks == 3


def test_a_folder_without_a_plan(tmp_path: Path) -> None:
    assert plan_file.read(tmp_path) is None
    with pytest.raises(ResumeError, match="no plan here; `tokstats plan CONFIG --work-dir"):
        plan_file.require(tmp_path)
    with pytest.raises(ResumeError, match="no such folder"):
        plan_file.require(tmp_path / "missing")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "null", "{", '{"format": 1, "sha256": "0"}', "\u2028"], ids=lambda text: text or "empty"
)
def test_another_file_of_this_name_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / plan_file.NAME).write_text(text, "utf-8")
    with pytest.raises(ResumeError, match=r"plan\.json: damaged, or not of this program"):
        plan_file.read(tmp_path)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    plan_file.write(tmp_path, plan_of())
    path = tmp_path / plan_file.NAME
    whole = path.read_bytes()
    for place in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ResumeError):
            plan_file.read(tmp_path)


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / plan_file.NAME
    content = json.loads(path.read_text("utf-8"))
    del content["sha256"]
    content |= changes
    content["sha256"] = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize(
    ("name", "there", "here"),
    [
        ("sampling version", 1, _native.SAMPLING_VERSION),
        ("Unicode version", "15.1.0", _native.UNICODE_VERSION),
        ("format of partials", 3, 4),
    ],
)
def test_another_version_is_named(name: str, there: object, here: object, tmp_path: Path) -> None:
    plan_file.write(tmp_path, plan_of())
    versions = json.loads((tmp_path / plan_file.NAME).read_text("utf-8"))["versions"]
    rewrite(tmp_path, versions=versions | {name: there})
    with pytest.raises(ResumeError) as caught:
        plan_file.read(tmp_path)
    assert f"({name}: {there} there, {here} here); install the same version" in str(caught.value)


def test_another_format_is_named(tmp_path: Path) -> None:
    plan_file.write(tmp_path, plan_of())
    rewrite(tmp_path, format=2)
    with pytest.raises(ResumeError, match="format of the plan: 2 there, 1 here"):
        plan_file.read(tmp_path)


def test_a_job_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    plan_file.write(tmp_path, plan_of())
    rewrite(tmp_path, job_digest="0" * 64)
    with pytest.raises(ResumeError, match="its job is not the one that was planned"):
        plan_file.read(tmp_path)
    rewrite(tmp_path, job={"seed": 1})
    with pytest.raises(ResumeError, match="damaged"):
        plan_file.read(tmp_path)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({}, "/data/code/train"),
        ({"/data": "/mnt/x"}, "/mnt/x/code/train"),
        ({"/data/": "/mnt/x/"}, "/mnt/x/code/train"),
        ({"/data": "/mnt/x", "/data/code": "/y"}, "/y/train"),
        ({"/data/co": "/y"}, "/data/code/train"),
        ({"/data/code/train": "/here"}, "/here"),
    ],
)
def test_paths_on_another_machine(paths: dict[str, str], expected: str) -> None:
    job = small_job(train_directory=Path("/data/code/train"))
    moved = plan_of(job, cache_dir=Path("/data/code/train")).at(paths)
    assert moved.job.train_directory == moved.cache_dir == Path(expected)
    assert replace(moved.job, train_directory=job.train_directory) == job
    assert moved.job.digest() == job.digest()
