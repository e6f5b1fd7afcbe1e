"""`report/palette.py`: contrasts of WCAG 2.2, level AA, computed by its formula, in both themes."""

import re
from collections.abc import Mapping

import pytest

from tokstats_parallel.report.charts.heat_map import OPACITIES
from tokstats_parallel.report.charts.marks import COLOURS
from tokstats_parallel.report.html import source
from tokstats_parallel.report.palette import DARK, LIGHT, variables

TEXTS = (
    ("text", "ground"),
    ("muted", "ground"),
    ("link", "ground"),
    ("text", "panel"),
    ("muted", "panel"),
    ("link", "panel"),
)
MARKS = ("edge", "link", *(f"series-{number}" for number in range(1, COLOURS + 1)))
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def channels(colour: str) -> list[float]:
    assert re.fullmatch(r"#[0-9a-f]{6}", colour)
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_gives_the_known_ratios() -> None:
    assert contrast(channels("#000000"), channels("#ffffff")) == pytest.approx(21)
    assert contrast(channels("#767676"), channels("#ffffff")) == pytest.approx(4.54, abs=0.005)


@THEMES
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(theme: Mapping[str, str], text: str, ground: str) -> None:
    assert contrast(channels(theme[text]), channels(theme[ground])) >= 4.5


@THEMES
@pytest.mark.parametrize("mark", MARKS)
def test_marks_can_be_seen(theme: Mapping[str, str], mark: str) -> None:
    assert contrast(channels(theme[mark]), channels(theme["ground"])) >= 3


@THEMES
@pytest.mark.parametrize("opacity", OPACITIES)
def test_numbers_can_be_read_on_every_shade(theme: Mapping[str, str], opacity: float) -> None:
    shade = [
        opacity * heat + (1 - opacity) * ground
        for heat, ground in zip(channels(theme["heat"]), channels(theme["ground"]), strict=True)
    ]
    assert contrast(channels(theme["text"]), shade) >= 4.5


def test_both_themes_have_all_colours_that_the_style_sheets_name() -> None:
    named = set(re.findall(r"var\(--([\w-]+)\)", source("chart.css") + source("style.css")))
    assert set(LIGHT) == set(DARK) == named


def test_colours_become_variables() -> None:
    assert variables({"text": "#000000", "ground": "#ffffff"}) == "--text:#000000;--ground:#ffffff;"
