"""`charts/heat_map.py`: every number is written in its cell, and a higher number has no lighter shade."""

import itertools
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from support.drawings import SVG, paths, place_of, places, read, size, texts

from tokstats_parallel.report.charts.heat_map import heat_map

SIX = ["python", "go", "java", "javascript", "php", "ruby"]


def drawn(
    values: Sequence[Sequence[float | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    digits: int = 0,
    *,
    is_share: bool = True,
) -> str:
    return heat_map(
        values,
        rows=rows,
        columns=columns,
        title="Overlap",
        description="By language.",
        digits=digits,
        is_share=is_share,
    )


def matrix(names: list[str]) -> list[list[float | None]]:
    return [[abs(row - column) / len(names) for column in range(len(names))] for row in range(len(names))]


def lower(names: list[str]) -> list[list[float | None]]:
    return [
        [1 / (1 + row - column) if column < row else None for column in range(len(names))] for row in range(len(names))
    ]


def test_every_number_is_written() -> None:
    root = read(drawn(matrix(SIX), rows=SIX, columns=SIX))
    numbers = [text for text in texts(root) if text.isdecimal()]
    assert numbers == [f"{100 * value:.0f}" for row in matrix(SIX) for value in row if value is not None]


def test_many_languages_are_wider_than_a_page_with_equal_cells() -> None:
    names = [f"l{number}" for number in range(24)]
    root = read(drawn(matrix(names), rows=names, columns=names))
    assert root.get("class") == "chart wide"
    assert size(root)[0] > 800
    rows = [text for text in root.iter(f"{SVG}text") if text.get("textLength")]
    assert [(text.text or "").split() for text in rows] == [
        [f"{100 * value:.0f}" for value in row if value is not None] for row in matrix(names)
    ]
    assert len({len(text.text or "") / float(text.attrib["textLength"]) for text in rows}) == 1


def test_shades_rise_with_the_numbers() -> None:
    root = read(drawn([[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]], rows=["go"], columns=list("abcdef")))
    cells = [
        (place[0], float(path.attrib["stroke-opacity"]))
        for path in paths(root, "heat")
        for place in list(places(path.attrib["d"]))[::2]
    ]
    assert len(cells) == 6
    shades = [shade for _, shade in sorted(cells)]
    assert shades == sorted(set(shades))


def test_half_a_matrix_has_its_names_on_the_diagonal() -> None:
    root = read(drawn(lower(SIX), rows=SIX, columns=SIX))
    columns = [next(text for text in root.iter(f"{SVG}text") if text.text == name) for name in SIX[:-1]]
    at = [(float(text.attrib["x"]), float(text.attrib["y"])) for text in columns]
    assert [b[0] > a[0] and b[1] > a[1] for a, b in itertools.pairwise(at)] == [True] * 4
    assert texts(root).count("python") == 1
    assert place_of(root, "ruby")[0] < at[0][0]


def test_numbers_that_hardly_differ_have_one_shade() -> None:
    root = read(drawn([[0.59, 0.6, 0.61]], rows=["go"], columns=list("abc")))
    assert len(paths(root, "heat")) == 1


def test_names_on_the_diagonal_stay_inside() -> None:
    names = ["a", "b", "c", "d", "github-issues", "e"]
    root = read(drawn(lower(names), rows=names, columns=names))
    assert root.get("class") == "chart"
    assert place_of_last(root, "github-issues")[0] + 9 * len("github-issues") < size(root)[0]


def place_of_last(root: ET.Element, words: str) -> tuple[float, float]:
    """The place of the label of a column, which is right of the label of the row."""
    return max(
        (float(text.attrib["x"]), float(text.attrib["y"])) for text in root.iter(f"{SVG}text") if text.text == words
    )


def test_wide_names_of_columns_are_turned() -> None:
    root = read(drawn(matrix(SIX), rows=SIX, columns=["a long language"] * 6))
    turned = [text for text in root.iter(f"{SVG}text") if "rotate" in text.get("transform", "")]
    assert len(turned) == 6


@pytest.mark.parametrize("values", [[], [[None]], [[0.0]], [[0.5, 0.5]]])
def test_matrices_without_differences_are_drawn(values: list[list[float | None]]) -> None:
    columns = ["x"] * len(values[0]) if values else []
    root = read(drawn(values, rows=["y"] * len(values), columns=columns, digits=1, is_share=False))
    assert [text for text in texts(root) if text not in "xy"] == [
        f"{value:.1f}" for row in values for value in row if value is not None
    ]


def test_the_lower_half_of_24_languages_is_small() -> None:
    names = [f"language {number}" for number in range(24)]
    assert len(drawn(lower(names), rows=names, columns=names).encode()) < 10_000
