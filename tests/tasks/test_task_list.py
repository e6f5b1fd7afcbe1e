"""Lists of tasks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.tasks.task_list import task_list


@pytest.mark.parametrize(
    ("tasks", "text"),
    [([], ""), ([3], "3"), ([3, 17, 18, 19, 20], "3,17-20"), ([2, 1, 0], "0-2"), ([5, 7, 5], "5,7"), ([1, 2], "1-2")],
)
def test_lists(tasks: list[int], text: str) -> None:
    assert task_list(tasks) == text


@given(st.sets(st.integers(0, 60), min_size=1))
def test_the_list_names_each_task_once(tasks: set[int]) -> None:
    named = [
        number
        for part in task_list(tasks).split(",")
        for first, _, last in [part.partition("-")]
        for number in range(int(first), int(last or first) + 1)
    ]
    assert named == sorted(tasks)
