"""`report/html.py`: the page is one file of known elements, that loads nothing and runs only its own script."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from urllib.parse import unquote

import pytest
from markupsafe import Markup
from support.page_reader import Element, PageReader
from support.sample_page import HOSTILE, sample_page

from tokstats_parallel.report.contents import Column, DataTable, Figure, KeyNumber, Kind, Page, Section
from tokstats_parallel.report.csv_text import csv_text
from tokstats_parallel.report.html import BUDGET, render, rows_that_fit, source, space_left
from tokstats_parallel.report.visible import visible

_TAGS = """
html head meta title link style body a header p button h1 h2 h3 div nav ul li main section dl dt dd figure figcaption
svg desc path text g circle details summary span table caption thead tbody tr th td bdi code form label input select
option output noscript footer script
"""
SAFE = set(re.findall(r"\w+", _TAGS))


@cache
def html() -> str:
    return render(sample_page())


@cache
def reader() -> PageReader:
    return PageReader.read(html())


def with_attribute(name: str) -> list[Element]:
    return [element for element in reader().elements if name in element.attributes]


def test_the_page_keeps_its_budget_and_uses_it() -> None:
    size = len(html().encode())
    assert size <= BUDGET
    assert size > BUDGET - 6000
    assert BUDGET == 300_000


def test_figures_are_small() -> None:
    figures = re.findall(r"<figure>.*?</figure>", html(), re.DOTALL)
    sizes = {re.search(r"<h3>(.*?)</h3>", figure)[1]: len(figure.encode()) for figure in figures}  # type: ignore[index]
    assert sizes["Rank and frequency"] <= 12_000
    assert max(sizes.values()) <= 18_000


def test_nothing_is_loaded_from_elsewhere() -> None:
    outside = re.findall(r"(?i)(?:https?:)?//[\w.-]+\.\w+[^\s\"<]*", html())
    assert set(outside) == {"http://www.w3.org/2000/svg"}
    links = [element.attributes["href"] for element in with_attribute("href")]
    assert [link for link in links if not link.startswith(("#", "data:,", "data:text/csv;"))] == []
    assert with_attribute("src") == with_attribute("action") == with_attribute("srcset") == []
    assert "url(" not in source("style.css") + source("chart.css")


def test_the_policy_lets_run_what_is_in_the_page_and_nothing_else() -> None:
    (policy,) = (
        element.attributes["content"]
        for element in reader().all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("img-src") == "data:"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        digests = [hashlib.sha256(element.text.encode()).digest() for element in reader().all(tag)]
        assert rules.pop(name) == " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert with_attribute("style") == []
    assert [name for element in reader().elements for name in element.attributes if name.startswith("on")] == []


def test_the_script_is_short() -> None:
    assert len(source("script.js").encode()) < 10_000


def test_hostile_tokens_are_in_the_table_and_nowhere_else() -> None:
    (table,) = (element for element in reader().all("table") if element.attributes["id"] == "table-tokens")
    assert set(Counter(element.tag for element in reader().elements)) <= SAFE
    assert len(reader().all("script")) == 1
    assert reader().comments == []
    page = sample_page()
    expected = [row[0] for row in page.sections[-1].blocks[0].rows]  # type: ignore[union-attr]
    assert [row.all("bdi")[0].text for row in table.all("tbody")[0].all("tr")] == expected
    assert [token for token in HOSTILE[:8] if token.replace(" ", "␣") not in expected] == []


@pytest.mark.parametrize(
    "words", ["</title></script></style><script>x()</script>", "\"'><b onx=1>", "\u202e\x00", "{{ 1 }}"]
)
def test_no_text_of_a_page_breaks_out(words: str) -> None:
    table = DataTable("table", words, [Column("a", words, Kind.TEXT, filter=words)], [(words,)], can_be_searched=True)
    small = replace(table, name="small", can_be_searched=False)
    key = KeyNumber(words, words, words, words)
    figure = Figure(words, words, Markup("<svg></svg>"), replace(small, name="drawn"))
    section = Section("one", words, words, [(key,), table, small, figure])
    found = PageReader.read(render(Page(words, [words], [section], [words])))
    assert {element.tag for element in found.elements} <= SAFE
    assert len(found.all("script")) == 1
    assert found.all("title")[0].text == visible(words)
    assert [element.text for element in found.all("caption")] == [visible(words)] * 3
    assert [name for element in found.elements for name in element.attributes if name.startswith("on")] == []
    assert {element.text for element in found.all("h2")} == {visible(words)}


def test_commands_in_sentences_are_code() -> None:
    found = PageReader.read(render(Page("Page", ["Call `tokstats top <x>` now.", "A ` alone"], [])))
    assert [element.text for element in found.all("code")] == ["tokstats top <x>", " alone"]
    assert [element.text for element in found.all("p")][1] == "Call tokstats top <x> now."


def test_ids_are_unique_and_labels_exist() -> None:
    ids = Counter(element.attributes["id"] for element in with_attribute("id"))
    assert max(ids.values()) == 1
    named = {element.attributes["aria-labelledby"] for element in with_attribute("aria-labelledby")}
    named |= {
        element.attributes["href"][1:] for element in with_attribute("href") if element.attributes["href"][0] == "#"
    }
    named |= {element.attributes["data-table"] for element in with_attribute("data-table")}
    assert named <= set(ids)


def test_tables_have_captions_and_heads() -> None:
    for table in reader().all("table"):
        assert table.children[0].tag == "caption"
        assert table.children[0].text
        heads = table.all("thead")[0].all("th")
        assert {head.attributes.get("scope") for head in heads} == {"col"}
        for row in table.all("tbody")[0].all("tr"):
            assert [cell.tag for cell in row.children] == ["th", *["td"] * (len(heads) - 1)]


def test_drawings_have_a_name_and_a_description() -> None:
    for drawing in reader().all("svg"):
        assert drawing.attributes["role"] == "img"
        assert [child.tag for child in drawing.children[:2]] == ["title", "desc"]
        assert all(child.text for child in drawing.children[:2])


def test_controls_have_labels_and_wait_for_the_script() -> None:
    for element in (*reader().all("input"), *reader().all("select")):
        assert "label" in element.inside
    assert all("hidden" in form.attributes for form in reader().all("form"))
    outside = [button for button in reader().all("button") if "form" not in button.inside]
    assert all("hidden" in button.attributes for button in outside)


def test_the_numbers_of_every_figure_are_in_a_link_and_in_a_table() -> None:
    figures = [block for section in sample_page().sections for block in section.blocks if isinstance(block, Figure)]
    found = reader().all("figure")
    assert len(found) == len(figures) == 8
    for figure, element in zip(figures, found, strict=True):
        (link,) = element.all("a")
        assert link.attributes["download"] == f"{figure.data.name}.csv"
        assert unquote(link.attributes["href"].partition(",")[2]) == csv_text(figure.data)
        assert len(element.all("tbody")[0].all("tr")) == len(figure.data.rows)


def test_sections_are_in_the_list_of_sections() -> None:
    (nav,) = reader().all("nav")
    assert [link.text for link in nav.all("a")] == [heading.text for heading in reader().all("h2")]


def test_rows_fit_to_the_byte() -> None:
    columns = [Column("token", "Token", Kind.TOKEN), Column("count", "Count")]
    table = DataTable("t", "T.", columns, [("é", 1), ("abc", 20)], can_be_searched=True)
    first, second = (len(f"<tr><th><bdi>{token}</bdi><td>{count}\n".encode()) for token, count in table.rows)
    assert [rows_that_fit(table, space) for space in (0, first - 1, first, first + second - 1, first + second)] == [
        0, 0, 1, 1, 2,
    ]  # fmt: skip


def test_a_page_that_is_too_large_leaves_no_space() -> None:
    table = DataTable("t", "T.", [Column("a", "A", Kind.TEXT)], [("x" * 400_000,)], can_be_searched=True)
    assert space_left(Page("Page", [], [Section("one", "One", "", [table])])) == 0
    assert space_left(Page("Page", [], [])) > 250_000
