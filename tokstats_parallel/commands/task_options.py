"""Options of `plan`, `work`, `status` and `merge`, with their types, defaults and help texts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from tokstats_parallel.commands.options import BATCHES, JobOptions
from tokstats_parallel.commands.parameters import PLAIN, WHOLE
from tokstats_parallel.config.request import JobRequest, NumBatches


@dataclass(frozen=True, kw_only=True)
class _PlanPlace:
    """Options about the plan itself, which come first in the help.

    Attributes:
        num_batches: Number of batches to draw, or training for all draws of the config's training, which are steps -
            identity_steps.
        work_dir: Folder for the plan and the finished shards, on a disk that all machines share.
        tasks: Number of tasks; one for some 2,000 batches, up to 1,000 tasks, if it is not given.
    """

    num_batches: Annotated[NumBatches, BATCHES] = 1000
    work_dir: Path
    tasks: Annotated[int | None, WHOLE, PLAIN] = None


@dataclass(frozen=True, kw_only=True)
class PlanOptions(JobOptions, _PlanPlace):
    """Options of `plan`.

    Attributes:
        fresh: Throw away the finished shards of an earlier run, and start anew.
        json: Print the plan's numbers as one JSON object.
    """

    fresh: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False

    def job_request(self, config: Path) -> JobRequest:
        """Returns the request for a job, from the path of the config and the options."""
        return replace(super().job_request(config), num_batches=self.num_batches)


@dataclass(frozen=True, kw_only=True)
class WorkOptions:
    """Options of `work`.

    Attributes:
        task: Number of the task, from 0; else it is taken from TOKSTATS_TASK, or from the environment of Slurm, PBS,
            SGE, LSF, Kubernetes or AWS Batch.
        tasks: Number of all tasks, which must be the plan's; else from TOKSTATS_TASKS or SLURM_ARRAY_TASK_COUNT.
        workers: Number of worker processes; auto takes as many as CPUs and memory allow. Never changes the result.
        path_map: Place of the data on this machine, THERE=HERE, where a path begins otherwise than where the plan was
            made; may be given several times.
        cache_dir: Folder for converted corpora on this machine, in place of the plan's, or of the user's cache.
        no_cache: Convert no corpora, and hold them in memory; for small corpora.
        quiet: Print nothing but errors.
        no_progress: Show notices, but no progress.
    """

    task: Annotated[int | None, WHOLE, PLAIN] = None
    tasks: Annotated[int | None, WHOLE, PLAIN] = None
    workers: str = "auto"
    path_map: Annotated[tuple[str, ...], PLAIN] = ()
    cache_dir: Annotated[Path | None, PLAIN] = None
    no_cache: Annotated[bool, PLAIN] = False
    quiet: Annotated[bool, PLAIN] = False
    no_progress: Annotated[bool, PLAIN] = False


@dataclass(frozen=True, kw_only=True)
class StatusOptions:
    """Options of `status`.

    Attributes:
        json: Print the status as one JSON object.
        array: Print only the numbers of the missing tasks, such as 3,17-20, for sbatch --array.
    """

    json: Annotated[bool, PLAIN] = False
    array: Annotated[bool, PLAIN] = False


@dataclass(frozen=True, kw_only=True)
class MergeOptions:
    """Options of `merge`.

    Attributes:
        output_file: JSON file for the counts; a Parquet file and a manifest are written beside it.
        min_count: Least count of a sampled token in the JSON and the Parquet; rarer ones are left out and counted.
        report: HTML page about the result, as `tokstats report` makes it; it is written after the result.
        quiet: Print nothing but errors.
        json: Print the summary as one JSON object, also with --quiet.
    """

    output_file: Path = Path("token_frequencies.json")
    min_count: Annotated[int, WHOLE] = 1
    report: Annotated[Path | None, PLAIN] = None
    quiet: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False
