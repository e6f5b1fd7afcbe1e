"""Sections of a side: the sections of one of two results, under names of their own."""

from dataclasses import replace

from tokstats_parallel.report.contents import Block, DataTable, Figure, Section


def of_side(section: Section, side: str) -> Section:
    """Returns a section of one of two results: its heading names the side, and so do its id and its tables' names."""
    prefix = f"{side.lower()}-"
    return replace(
        section,
        anchor=prefix + section.anchor,
        title=f"{side}: {section.title}",
        blocks=[_renamed(block, prefix) for block in section.blocks],
    )


def _renamed(block: Block, prefix: str) -> Block:
    if isinstance(block, DataTable):
        return replace(block, name=prefix + block.name)
    if isinstance(block, Figure):
        return replace(block, data=replace(block.data, name=prefix + block.data.name))
    return block
