"""A result from any public name shows itself in a notebook."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.small_result import small_result

import tokstats_parallel
from tokstats_parallel.report.short_page import short_page


def test_a_result_shows_itself_as_its_short_page(tmp_path: Path) -> None:
    path = small_result(tmp_path / "made", {"go": (9, {b"ab": 3})}).paths.json
    stats = tokstats_parallel.TokenStats.load(path)
    assert stats._repr_html_() == short_page(stats)


@pytest.mark.parametrize("name", ["TokenStats", "collect"])
def test_any_public_name_is_enough_and_loads_no_templates(name: str) -> None:
    code = (
        "import sys, tokstats_parallel\n"
        f"tokstats_parallel.{name}\n"
        "from tokstats_parallel.results.token_stats import TokenStats\n"
        "print(TokenStats.in_notebooks is not None, 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
