"""Comparison on a terminal: hostile names and tokens, values of settings, and colours that repeat what numbers say."""

import io
from pathlib import Path

import numpy as np
import pytest
from support.sides import make_side

from tokstats_parallel.answers.comparison.answer import ComparisonAnswer
from tokstats_parallel.answers.comparison.chosen_sides import ChosenSide
from tokstats_parallel.answers.comparison.compare import compare
from tokstats_parallel.answers.comparison.language_matrix import LanguageMatrix
from tokstats_parallel.answers.comparison.settings import Difference
from tokstats_parallel.display.comparison_text import print_comparison, print_matrix
from tokstats_parallel.display.console import PatientConsole, plain_text


def answer(*settings: Difference) -> ComparisonAnswer:
    hostile = {b"[red]x": 9, b"\x1b[2J": 8, b"\r\n": 7}
    left = make_side(hostile, 9, name="[bold]A\x1b")
    right = make_side({b"y:smile:": 9}, 9, name="B")
    chosen = (ChosenSide("[bold]A\x1b", Path("[red]one.json"), None), ChosenSide("B", Path("two.json"), None))
    return ComparisonAnswer(chosen, settings, ["a note"], compare(left, right, 9))


def shown(made: ComparisonAnswer) -> str:
    return plain_text(lambda console: print_comparison(made, console))


def test_names_and_tokens_are_printed_as_they_are() -> None:
    out = shown(answer())
    for text in ("[bold]A\\x1b: [red]one.json", "[red]x", "\\u{1B}[2J", "\\u{D}⏎", "y:smile:", "  a note"):
        assert text in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (1e-05, "1e-05"), (None, "-"), (["<s>", "</s>"], "<s>, </s>"), ([], "none"), ("word", "word")],
)
def test_settings_are_written_as_in_a_config(value: object, text: str) -> None:
    line = next(line for line in shown(answer(Difference("key", value, 42))).splitlines() if line.startswith("key"))
    assert line.split(maxsplit=1)[1].rsplit("  ", 1)[0].strip() == text


def test_equal_settings_are_said_to_be_equal() -> None:
    assert "Settings, seeds and data are the same" in shown(answer())


def test_colours_of_the_matrix_repeat_its_numbers() -> None:
    values = np.array([[1, 0.6], [0.6, 1]])
    matrix = LanguageMatrix(Path("r.json"), {"[red]a": 3, "b": 4}, values, 1 - values)
    file = io.StringIO()
    print_matrix(matrix, PatientConsole(file=file, force_terminal=True, color_system="standard", markup=False))
    assert "\x1b[1;32m1.000" in file.getvalue()
    plain = plain_text(lambda console: print_matrix(matrix, console))
    assert plain.count("0.600") == plain.count("0.400") == 2
    assert "[red]a" in plain
    assert "\x1b" not in plain
