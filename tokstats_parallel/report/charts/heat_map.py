"""Heat map: a matrix whose cells have their number and a shade."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.text import LARGE, LINE, SIZE, shortened, width

_ROW = 30
"""Height of a row."""
_MOST = 70
"""Largest width of a cell."""
_INDENT = 6
"""Space before a label that stands on its column."""
_LETTER = 0.6 * SIZE
"""Width of a letter of a fixed-width type."""
OPACITIES = (0.06, 0.15, 0.24, 0.33, 0.42, 0.5)
"""Opacity of each shade; the numbers can be read on all of them."""
_BLANK = "\N{NO-BREAK SPACE}"
"""Space that keeps its width wherever it stands."""
_FIXED = Markup('<g font-family="ui-monospace,monospace" font-size="{}">{}</g>')


def heat_map(
    values: Sequence[Sequence[float | None]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    description: str,
    digits: int = 0,
    is_share: bool = True,
) -> Markup:
    """Draws a matrix of numbers; the shade of a cell is its part of the highest number.

    A matrix of many columns is wider than a page and is scrolled, so few digits serve. Of a symmetric matrix, give None
    for the diagonal and for the cells right of it, which takes half the bytes.

    Args:
        values: Numbers of each row, 0 or more; None for a cell to be left empty.
        rows: Labels of the rows.
        columns: Labels of the columns.
        title: Name of the drawing, in a few words.
        description: What the drawing shows, in a sentence or two.
        digits: Number of digits after the point.
        is_share: Whether the numbers are shares from 0 to 1, written in percent without its sign.
    """
    kept = _Matrix.of(values, rows, columns)
    words = [
        ["" if value is None else _written(value, digits, is_share=is_share) for value in row] for row in kept.values
    ]
    letters = max((len(word) for row in words for word in row), default=0) + 2
    left = round(12 + max(map(width, kept.rows), default=0))
    cell = round(max(letters * _LETTER, _room(kept, left)))
    top, heads = _heads(kept, left, cell)
    content = [*heads, _shades(kept.values, left, top, cell)]
    content += [
        element.text(left - 8, top + _ROW * (place + 0.5) + LARGE / 3, label, text_anchor="end")
        for place, label in enumerate(kept.rows)
    ]
    content.append(_numbers(words, left, top, cell, letters))
    right = left + cell * len(kept.columns) + _overhang(kept, cell) + 4
    return element.drawing(
        title=title,
        description=description,
        content=element.join(content),
        height=top + _ROW * len(kept.rows) + 6,
        width=max(element.WIDTH, right),
        class_="chart" if right <= element.WIDTH else "chart wide",
    )


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Rows and columns of a matrix that have a number, with their labels."""

    values: Sequence[Sequence[float | None]]
    rows: Sequence[str]
    columns: Sequence[str]

    @classmethod
    def of(cls, values: Sequence[Sequence[float | None]], rows: Sequence[str], columns: Sequence[str]) -> Self:
        """Returns the matrix without its empty rows and columns."""
        filled = [place for place in range(len(columns)) if any(row[place] is not None for row in values)]
        kept = [place for place, row in enumerate(values) if any(value is not None for value in row)]
        return cls(
            [[values[row][column] for column in filled] for row in kept],
            [shortened(rows[row]) for row in kept],
            [shortened(columns[column]) for column in filled],
        )

    def is_lower_half(self) -> bool:
        """Returns whether all cells right of the diagonal are empty."""
        return all(value is None for number, row in enumerate(self.values) for value in row[number + 1 :])


def _room(matrix: _Matrix, left: float) -> float:
    """Returns the width that a cell may have on a page."""
    room, number = element.WIDTH - left - 4, len(matrix.columns)
    widest = min(room / max(1, number), _MOST)
    return min(widest, (room - _overhang(matrix, widest)) / max(1, number))


def _overhang(matrix: _Matrix, cell: float) -> float:
    """Returns how far the label of the last column reaches beyond the matrix."""
    if not matrix.columns or not matrix.is_lower_half():
        return 0.0
    return max(0.0, _INDENT + width(matrix.columns[-1]) - cell)


def _written(value: float, digits: int, *, is_share: bool) -> str:
    return f"{100 * value if is_share else value:.{digits}f}"


def _heads(matrix: _Matrix, left: float, cell: float) -> tuple[float, list[Markup]]:
    """Returns the room above the matrix, and the labels of the columns.

    Above the lower half of a matrix, a label stands on its column and has the empty cells to its right. Otherwise all
    labels are above the matrix, and turned if they are wider than a column.
    """
    centres = [left + cell * (place + 0.5) for place in range(len(matrix.columns))]
    if matrix.is_lower_half():
        return LINE + 8, [
            element.text(left + cell * place + _INDENT, LINE + _ROW * place, label)
            for place, label in enumerate(matrix.columns)
        ]
    widest = max(map(width, matrix.columns), default=0)
    if widest <= cell:
        return LINE + 8, [
            element.text(x, LARGE, label, text_anchor="middle")
            for x, label in zip(centres, matrix.columns, strict=True)
        ]
    top = round(widest + 8)
    return top, [
        element.text(0, 0, label, transform=f"translate({element.number(x + LARGE / 3)} {top - 6})rotate(-90)")
        for x, label in zip(centres, matrix.columns, strict=True)
    ]


def _shades(values: Sequence[Sequence[float | None]], left: float, top: float, cell: float) -> Markup:
    """Draws the cells, as one path for each shade."""
    high = max((value for row in values for value in row if value is not None), default=0.0)
    shades: list[list[str]] = [[] for _ in OPACITIES]
    for row, numbers in enumerate(values):
        y = element.number(top + _ROW * (row + 0.5))
        for column, value in enumerate(numbers):
            if value is not None:
                shade = min(int(len(OPACITIES) * value / high), len(OPACITIES) - 1) if high else 0
                shades[shade].append(f"M{element.number(left + cell * column + 1)} {y}h{element.number(cell - 2)}")
    return element.join(
        element.path(
            "".join(d), class_="heat", stroke="currentColor", stroke_width=_ROW - 2, stroke_opacity=f"{opacity}"
        )
        for d, opacity in zip(shades, OPACITIES, strict=True)
        if d
    )


def _numbers(words: Sequence[Sequence[str]], left: float, top: float, cell: float, letters: int) -> Markup:
    """Draws all numbers: in narrow cells one text for each row, of a fixed-width type, as wide as the cells."""
    rows = [(top + _ROW * (place + 0.5), row) for place, row in enumerate(words)]
    if cell > letters * _LETTER + 1:
        return element.join(
            element.text(left + cell * (place + 0.5), y + LARGE / 3, word, text_anchor="middle")
            for y, row in rows
            for place, word in enumerate(row)
            if word
        )
    return _FIXED.format(SIZE, element.join(_row(row, left, y + SIZE / 3, cell, letters) for y, row in rows))


def _row(row: Sequence[str], left: float, y: float, cell: float, letters: int) -> Markup:
    filled = max(place for place, word in enumerate(row, 1) if word)
    text = "".join(word.center(letters) for word in row[:filled]).replace(" ", _BLANK)
    return element.text(left, y, text, textLength=cell * filled)
