"""Report: makes the page about a result, or about two, and writes it with its data."""

from collections.abc import Sequence
from pathlib import Path

from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.report.files import ReportPlaces
from tokstats_parallel.report.html import render
from tokstats_parallel.report.make_page import make_page
from tokstats_parallel.results.token_stats import TokenStats


def write_report(stats: TokenStats, other: TokenStats | None, tokenizers: Sequence[str], places: ReportPlaces) -> str:
    """Makes a page, and writes it to its places; returns it as HTML.

    Args:
        stats: Result.
        other: Other result to compare it with; None for none.
        tokenizers: Names on the hub, folders or files of existing tokenizers.
        places: Places of the page and of its data.

    Raises:
        TokstatsError: A result or a tokenizer cannot be used, or a place cannot be written.
    """
    of_other = () if other is None else other.paths
    places.check([*stats.paths, *of_other, *map(Path, tokenizers)])
    page = make_page(stats, other, [find_pieces(name) for name in tokenizers])
    html = render(page)
    places.write(page, html)
    return html
