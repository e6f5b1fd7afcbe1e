"""States of the elements of an array, as read from the output of squeue and sacct."""

import pytest

from tokstats_parallel.engines.slurm.states import ElementState, parse_sacct, parse_squeue

SQUEUE = """\
0|COMPLETED|0|0|None|
2|FAILED|9|0|JobLaunchFailure|
1|FAILED|768|0|NonZeroExitCode|
4|PENDING|0|1|BeginTime|
3|RUNNING|0|2|None|
N/A|RUNNING|0|0|None|
"""
SACCT = """\
12_[5-6%2]|PENDING|0:0
12_0|COMPLETED|0:0
12_1|CANCELLED by 1000|0:15
12_2|OUT_OF_MEMORY|0:125
12_3|TIMEOUT|0:0
12_4|NODE_FAIL|1:0
13|COMPLETED|0:0
"""


def test_the_output_of_squeue() -> None:
    assert parse_squeue(SQUEUE) == {
        0: ElementState("COMPLETED"),
        1: ElementState("FAILED", exit_code=3),
        2: ElementState("FAILED", signal=9),
        3: ElementState("RUNNING", restarts=2),
        4: ElementState("PENDING", restarts=1, reason="BeginTime"),
    }


def test_an_exit_code_with_a_colon_as_other_versions_print_it() -> None:
    assert parse_squeue("7|FAILED|3:9|0|None|\n") == {7: ElementState("FAILED", exit_code=3, signal=9)}


def test_the_output_of_sacct() -> None:
    assert parse_sacct(SACCT) == {
        0: ElementState("COMPLETED"),
        1: ElementState("CANCELLED", signal=15),
        2: ElementState("OUT_OF_MEMORY", signal=125),
        3: ElementState("TIMEOUT"),
        4: ElementState("NODE_FAIL", exit_code=1),
        5: ElementState("PENDING"),
        6: ElementState("PENDING"),
    }


def test_lines_that_tell_of_no_element_are_passed_over() -> None:
    assert parse_squeue("\nslurm_load_jobs error\n") == {}
    assert parse_sacct("\n12.batch|COMPLETED|0:0\n") == {}


@pytest.mark.parametrize(
    ("state", "is_live"),
    [("PENDING", True), ("COMPLETING", True), ("REQUEUE_HOLD", True), ("COMPLETED", False), ("TIMEOUT", False)],
)
def test_which_elements_are_still_to_come(state: str, is_live: bool) -> None:
    assert ElementState(state).is_live is is_live
