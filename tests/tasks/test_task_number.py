"""Task numbers: from options, from our variables, from each scheduler's; never guessed."""

import pytest

from tokstats_parallel.errors import ConfigError
from tokstats_parallel.tasks.task_number import find_task

SLURM = {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "0"}


def found(environment: dict[str, str], task: int | None = None, tasks: int | None = None, planned: int = 8) -> int:
    return find_task(task, tasks, planned=planned, environment=environment)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"TOKSTATS_TASK": "3"}, 3, id="own"),
        pytest.param({"SLURM_ARRAY_TASK_ID": "3"}, 3, id="Slurm"),
        pytest.param({"PBS_ARRAY_INDEX": "3"}, 3, id="PBS"),
        pytest.param({"SGE_TASK_ID": "3"}, 2, id="SGE counts from 1"),
        pytest.param({"LSB_JOBINDEX": "3"}, 2, id="LSF counts from 1"),
        pytest.param({"JOB_COMPLETION_INDEX": "3"}, 3, id="Kubernetes"),
        pytest.param({"AWS_BATCH_JOB_ARRAY_INDEX": "3"}, 3, id="AWS Batch"),
        pytest.param({"SGE_TASK_ID": "undefined", "TOKSTATS_TASK": "4"}, 4, id="no array of SGE"),
        pytest.param({"LSB_JOBINDEX": "0", "JOB_COMPLETION_INDEX": "5"}, 5, id="no array of LSF"),
        pytest.param({"TOKSTATS_TASK": "1", **SLURM}, 1, id="own before Slurm"),
    ],
)
def test_each_variable_with_the_number_of_tasks(environment: dict[str, str], expected: int) -> None:
    assert found(environment, tasks=8) == expected
    assert found({**environment, "TOKSTATS_TASKS": "8"}) == expected


@pytest.mark.parametrize(
    ("minimum", "identity", "expected"), [("0", "7", 7), ("1", "8", 7), ("1", "1", 0), ("100", "103", 3)]
)
def test_a_whole_array_of_slurm_may_begin_anywhere(minimum: str, identity: str, expected: int) -> None:
    environment = {**SLURM, "SLURM_ARRAY_TASK_MIN": minimum, "SLURM_ARRAY_TASK_ID": identity}
    assert found(environment) == expected
    assert found(environment, tasks=8) == expected


def test_a_part_of_an_array_has_the_numbers_of_the_plan() -> None:
    """`sbatch --array=$(tokstats status W --array)` starts the missing tasks 3, 5 and 7 again."""
    environment = {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "3"}
    assert found(environment, tasks=8) == 5
    with pytest.raises(ConfigError, match="SLURM_ARRAY_TASK_COUNT says 3 tasks, but the plan has 8; if only some"):
        found(environment)


def test_an_option_comes_first() -> None:
    assert found({**SLURM, "TOKSTATS_TASK": "1", "TOKSTATS_TASKS": "9"}, task=2, tasks=8) == 2


@pytest.mark.parametrize(
    ("environment", "task", "tasks", "message"),
    [
        pytest.param({}, None, None, "which of the plan's 8 tasks", id="nothing"),
        pytest.param({}, None, 8, "which of the plan's 8 tasks", id="no task"),
        pytest.param(
            {}, 3, None, "--task says which task, but not of how many; add --tasks 8", id="no number of tasks"
        ),
        pytest.param({"PBS_ARRAY_INDEX": "3"}, None, None, "PBS_ARRAY_INDEX says which task, but not", id="PBS alone"),
        pytest.param({}, 8, 8, "no task 8; the plan has the tasks 0 to 7", id="beyond"),
        pytest.param({}, -1, 8, "no task -1", id="negative"),
        pytest.param(
            {"SGE_TASK_ID": "9"},
            None,
            8,
            "SGE_TASK_ID=9: there is no task 8 (it counts from 1); the plan has",
            id="beyond, from 1",
        ),
        pytest.param({}, 3, 9, "--tasks says 9 tasks, but the plan has 8", id="other number of tasks"),
        pytest.param({"TOKSTATS_TASKS": "9"}, 3, None, "TOKSTATS_TASKS says 9 tasks", id="other number, ours"),
        pytest.param({"TOKSTATS_TASK": "x"}, None, 8, "TOKSTATS_TASK='x': is not a number", id="no number"),
        pytest.param({"TOKSTATS_TASK": "-1"}, None, 8, "TOKSTATS_TASK='-1': is not a number", id="sign"),
        pytest.param({"TOKSTATS_TASK": "1", "TOKSTATS_TASKS": "²"}, None, None, "is not a number", id="other digit"),
    ],
)
def test_what_is_refused(environment: dict[str, str], task: int | None, tasks: int | None, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        found(environment, task, tasks)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
