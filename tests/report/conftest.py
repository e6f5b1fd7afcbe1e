"""Results and pages that the tests of several sections read."""

import pytest
from support.report_results import Counts, random_result
from support.small_result import small_result

from tokstats_parallel.report.reported import Reported

BATCHES = {"go": 60, "c": 40, "lua": 25}


@pytest.fixture(scope="session")
def counts() -> Counts:
    return random_result(BATCHES, seed=8)


@pytest.fixture(scope="session")
def reported(counts: Counts, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return Reported.of(small_result(tmp_path_factory.mktemp("report") / "made", counts))
