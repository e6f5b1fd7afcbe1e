import io
from pathlib import Path

import pytest
from support.small_result import small_result

from tokstats_parallel.answers.show import show_tokens
from tokstats_parallel.answers.typed_token import readings_of
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.show_text import print_shown


@pytest.mark.parametrize(
    ("batches", "line"),
    [(1, "all 1 95 % 100 %"), (10, "all 10 26 % 59 %"), (30_000_000, "all 30,000,000 0.00001 % 0.00003 %")],
)
def test_bounds_are_decimal_numbers_of_any_size(batches: int, line: str, tmp_path: Path) -> None:
    result = small_result(tmp_path / "result", {"go": (batches, {b"ab": 1})})
    printed = io.StringIO()
    print_shown(show_tokens(result, [readings_of("zq")]), PatientConsole(file=printed, width=100))
    assert line in [" ".join(one.split()) for one in printed.getvalue().splitlines()]
