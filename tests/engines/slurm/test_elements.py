"""Elements of an array and their tasks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.engines.slurm.elements import elements_of, parse_list, tasks_of
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.tasks.task_list import task_list


@given(st.integers(1, 60), st.integers(1, 60))
def test_every_task_is_run_by_one_element(tasks: int, width: int) -> None:
    elements = elements_of(range(tasks), width)
    run = sorted(task for element in elements for task in tasks_of(element, width, tasks))
    assert run == list(range(tasks))
    assert max(elements) < width


@given(st.sets(st.integers(0, 300), min_size=1))
def test_a_list_is_read_as_it_is_written(tasks: set[int]) -> None:
    assert list(parse_list(task_list(tasks))) == sorted(tasks)


def test_lists_as_slurm_writes_them() -> None:
    assert list(parse_list("3,17-20%2")) == [3, 17, 18, 19, 20]
    with pytest.raises(WorkerError, match="'1-2:3'"):
        list(parse_list("1-2:3"))
