"""Lines about a plan: numbers of batches, and the manifest for Kubernetes."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.runs import small_job

from tokstats_parallel.display.kubernetes_manifest import manifest
from tokstats_parallel.display.plan_text import plan_lines
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.shards.plan import plan
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import cut_stretches

FOLDER = Path("/shared/run")


def task_plan(batches: int, tasks: int) -> TaskPlan:
    job = small_job(num_batches=batches, train_directory=Path("/shared/data/train"))
    stretches = cut_stretches(plan(job), tasks, window=job.pool_size.batches)
    return TaskPlan(job=job, fingerprints={}, use=CorpusUse(rows={}, pool_texts={}), stretches=stretches)


@pytest.mark.parametrize(
    ("batches", "tasks", "words"),
    [(1, 1, "1 batch"), (60, 1, "60 batches"), (3000, 2, "1,474 to 1,526 batches")],
)
def test_the_batches_of_a_task(batches: int, tasks: int, words: str) -> None:
    assert f"Each task draws {words}. Start" in "\n".join(plan_lines(FOLDER, task_plan(batches, tasks)))


@pytest.mark.parametrize(
    ("data", "cache", "mount"),
    [
        ("/shared/data/train", None, "/shared"),
        ("/shared/data/train", "/shared/cache", "/shared"),
        ("/shared/train", "/local/cache", "/shared"),
        ("/data", None, "/shared"),
    ],
)
def test_the_volume_has_all_that_lies_below_one_folder(data: str, cache: str | None, mount: str) -> None:
    planned = task_plan(60, 1)
    job = replace(planned.job, train_directory=Path(data))
    text = manifest(FOLDER, replace(planned, job=job, cache_dir=Path(cache) if cache else None))
    assert f'mountPath: "{mount}"' in text


def test_a_folder_that_is_not_utf8_has_no_manifest() -> None:
    lines = list(plan_lines(Path("/shared/caf\udce9"), task_plan(60, 1)))
    assert "  (no manifest, because a folder's name is not UTF-8)" in lines
    assert not [line for line in lines if "apiVersion" in line]
