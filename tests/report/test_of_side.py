"""Sections of a side: names of their own, and the same content."""

from markupsafe import Markup

from tokstats_parallel.report.contents import Column, DataTable, Figure, KeyNumber, Section
from tokstats_parallel.report.of_side import of_side


def test_id_heading_and_tables_are_renamed() -> None:
    table = DataTable("classes", "Caption.", (Column("count", "Count"),), [(1,)])
    figure = Figure("Title", "Caption.", Markup("<svg></svg>"), DataTable("growth", "", (), ()))
    numbers = (KeyNumber("Label", "1", "Meaning."),)
    section = of_side(Section("numbers", "Numbers", "Lead.", (table, figure, numbers)), "A")
    assert (section.anchor, section.title, section.lead) == ("a-numbers", "A: Numbers", "Lead.")
    made, drawn, same = section.blocks
    assert isinstance(made, DataTable)
    assert isinstance(drawn, Figure)
    assert (made.name, made.rows) == ("a-classes", table.rows)
    assert (drawn.data.name, drawn.svg) == ("a-growth", figure.svg)
    assert same == numbers
