"""Merge tasks: writes the result of a plan's run when all its draws are saved (`tokstats merge`).

The files of the result have the bytes that a run on one machine writes.
"""

from contextlib import ExitStack
from pathlib import Path

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.errors import IncompleteError
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.collect_config import check_min_count
from tokstats_parallel.run.run_facts import run_facts
from tokstats_parallel.run.size_check import check_sizes
from tokstats_parallel.run.task_shards import PlanShards, read_plan_shards
from tokstats_parallel.run.work_folder import SPILL, lock_folder, lock_guards
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.system.clock import PhaseClock
from tokstats_parallel.system.file_names import shell_word
from tokstats_parallel.system.wording import counted
from tokstats_parallel.system.workers_and_memory import MAX_THREADS, choose_threads
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.task_list import task_list


def merge_tasks(folder: Path, *, output_file: Path, min_count: int, observer: Observer) -> Collected:
    """Checks all partials of a plan, merges them, and writes the result; the work folder stays.

    Args:
        folder: Work folder with the plan.
        output_file: JSON file of the result.
        min_count: Least count in all of a sampled token that is written.
        observer: Receives the events of the merge.

    Raises:
        IncompleteError: Draws are missing.
        ConfigError: The least count cannot be used.
        ResumeError: The folder has no plan, one of another version, or partials of another run.
        OutputError: The result cannot be written, or a partial cannot be read.
    """
    check_min_count(min_count)
    clock = PhaseClock()
    folder = folder.absolute()
    plan = plan_file.require(folder)
    output = OutputPaths.of(output_file, folder)
    output.check_writable()
    threads = choose_threads(MAX_THREADS)
    with ExitStack() as stack:
        stack.enter_context(lock_guards(output))
        stack.enter_context(lock_folder(folder))
        shards = read_plan_shards(folder, plan, threads=threads)
        _refuse_missing(folder, shards)
        check_sizes(plan.job, shards.partials)
        clock.end("shards")
        observer.note(f"{counted(shards.draws, 'batch')} in {counted(len(shards.partials), 'shard')}")
        observer.merging()
        setup = RunSetup(job=plan.job, job_digest=plan.job.digest(), corpora={}, partials_folder=folder, use=plan.use)
        facts = run_facts(setup, plan.fingerprints, workers=0, min_count=min_count)
        written = merge_and_write(facts, shards.partials, output, spill=folder / SPILL, clock=clock, threads=threads)
    clock.end("write")
    return Collected(facts=facts, written=written, seconds=dict(clock.seconds), output=output)


def _refuse_missing(folder: Path, shards: PlanShards) -> None:
    """Raises IncompleteError if a draw of the run is not saved; the message names the tasks and the remedy."""
    missing = [number for number, state in enumerate(shards.tasks) if not state.is_done]
    word = shell_word(folder)
    if missing:
        raise IncompleteError(
            f"{folder}: incomplete; of {counted(len(shards.tasks), 'task')}, missing: {task_list(missing)}; run them "
            f"with `tokstats work {word} --task K --tasks {len(shards.tasks)}`, then merge again "
            f"(`tokstats status {word}` tells which are at work)"
        )
    if shards.lost_draws:
        raise IncompleteError(
            f"{folder}: {counted(shards.lost_draws, 'batch')} that had been saved before the plan was made are gone or "
            "damaged, and no task runs them; run the same `tokstats plan` again, and then its tasks"
        )
