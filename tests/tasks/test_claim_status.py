"""Status of claims: what one look tells about the holders, and how sure it is."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tokstats_parallel.errors import OutputError, TokstatsError
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.life import Life
from tokstats_parallel.system.claims.taking import Limits
from tokstats_parallel.system.process_identity import ProcessIdentity, this_process
from tokstats_parallel.tasks.claim_status import read_claims
from tokstats_parallel.tasks.claims import claim_name, claimed

ME = this_process()
GONE = replace(ME, started=1)
ELSEWHERE = replace(ME, host="elsewhere")
LIMITS = Limits(beat=5.0, silence=60.0)


def not_lost(error: TokstatsError) -> None:
    pytest.fail(str(error))


def put(folder: Path, task: int, process: ProcessIdentity, *, age: float = 0.0, ended: bool = False) -> None:
    path = claim_file.path_of(folder, claim_name(task), 1)
    claim_file.make(path, Claim(writer="w", process=process, ended=ended))
    then = time.time() - age
    os.utime(path, (then, then))


@pytest.mark.parametrize(
    ("process", "age", "ended", "life"),
    [
        (ME, 0.0, False, Life.BEATING),
        (ME, 300.0, False, Life.SILENT),
        (ELSEWHERE, 30.0, False, Life.BEATING),
        (ELSEWHERE, 300.0, False, Life.SILENT),
        (ELSEWHERE, 300.0, True, Life.ENDED),
        (GONE, 0.0, False, Life.GONE),
        (GONE, 0.0, True, Life.ENDED),
    ],
)
def test_the_life_of_a_holder(process: ProcessIdentity, age: float, ended: bool, life: Life, tmp_path: Path) -> None:
    put(tmp_path, 5, process, age=age, ended=ended)
    claim = read_claims(tmp_path, LIMITS)[5]
    assert (claim.life, claim.process) == (life, process)
    assert claim.running == (life is Life.BEATING)
    assert age <= claim.age < age + 20.0


def test_a_holder_tells_its_progress(tmp_path: Path) -> None:
    for generation in (1, 2):
        with claimed(tmp_path, 7, workers=generation, on_lost=not_lost, limits=LIMITS) as holder:
            assert read_claims(tmp_path)[7].running
            holder.progress(4, 512, 1.5)
            holder.finished()
    (claim,) = read_claims(tmp_path).values()
    assert (claim.task, claim.generation, claim.life, claim.done) == (7, 2, Life.ENDED, True)
    assert (claim.workers, claim.shards, claim.draws, claim.seconds) == (2, 4, 512, 1.5)


@pytest.mark.parametrize(("age", "life"), [(0.0, Life.BEATING), (300.0, Life.SILENT)])
def test_a_torn_claim_is_judged_by_its_age(age: float, life: Life, tmp_path: Path) -> None:
    path = claim_file.path_of(tmp_path, claim_name(2), 3)
    path.write_bytes(b'{"wri')
    os.utime(path, (time.time() - age,) * 2)
    claim = read_claims(tmp_path)[2]
    assert (claim.generation, claim.life, claim.process) == (3, life, None)


def test_facts_of_another_version_are_left_out(tmp_path: Path) -> None:
    claim = Claim(writer="w", process=ME, facts={"shards": 2, "colour": "red"})
    claim_file.make(claim_file.path_of(tmp_path, claim_name(2), 1), claim)
    assert read_claims(tmp_path)[2].shards == 2


def test_the_tasks_are_sorted_and_other_files_left_out(tmp_path: Path) -> None:
    for task in (10, 9, 100):
        put(tmp_path, task, ME)
    for name in ("job.json", "go.claim-1", "task-3.claim-0", "task-3.claim-x", ".task-4.claim-1", "task-5.claim-1.tmp"):
        (tmp_path / name).touch()
    assert list(read_claims(tmp_path)) == [9, 10, 100]


def test_a_folder_without_claims(tmp_path: Path) -> None:
    assert read_claims(tmp_path) == {}
    with pytest.raises(OutputError, match=r"none: cannot be read \(No such file or directory\)"):
        read_claims(tmp_path / "none")
