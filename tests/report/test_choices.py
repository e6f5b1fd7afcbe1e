"""`report/choices.py`: a reader chooses among values of text, or among columns of numbers."""

from tokstats_parallel.report.choices import Choice, Option, choices_of
from tokstats_parallel.report.contents import Column, DataTable, Kind


def test_texts_offer_their_values_and_numbers_their_columns() -> None:
    columns = [
        Column("token", "Token", Kind.TOKEN),
        Column("kind", "Kind", Kind.TEXT, filter="Kind"),
        Column("count", "Count"),
        Column("count_go", "go", filter="Language"),
        Column("count_php", "php", filter="Language"),
    ]
    rows = [("a", "word", 1, 1, 0), ("b", "number", 2, 1, 1), ("c", "word", 1, 0, 1), ("d", None, 1, 0, 1)]
    assert choices_of(DataTable("t", "T.", columns, rows)) == [
        Choice("Kind", 1, [Option("number", "number"), Option("word", "word")]),
        Choice("Language", None, [Option("3", "go"), Option("4", "php")]),
    ]


def test_a_table_without_filters_offers_nothing() -> None:
    assert choices_of(DataTable("t", "T.", [Column("a", "A")], [(1,)])) == []
