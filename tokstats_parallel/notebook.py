"""Notebook: has a result show itself in a notebook as its report does, in short form."""

from tokstats_parallel.results.token_stats import TokenStats

__all__ = ["TokenStats"]


def _short_page(stats: TokenStats) -> str:
    from tokstats_parallel.report.short_page import short_page  # noqa: PLC0415 - takes a quarter of a second

    return short_page(stats)


TokenStats.in_notebooks = _short_page
