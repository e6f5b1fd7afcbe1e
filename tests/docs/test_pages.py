"""The pages of documentation: their links lead somewhere, and the glossary has each word in two lines."""

import re
from pathlib import Path

import pytest
from support.paths import ROOT

PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
WORDS = """
batch, stream batch, text, row, pool, window, pretoken, substring, piece, token, vocabulary, draw, shard, partial,
stream, span, crop, inclusion probability, segment, run, special token, noise level, order of a draw, threshold, score,
corpus, chain, plan, digest, fingerprint, job, config, worker, engine, coordinator, offset, index, id, cell, tag,
checkpoint, heartbeat, watchdog, work folder, cache, manifest, fault point, task, stretch, node
""".replace("\n", " ").split(",")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / "architecture.md", *ROOT.glob("CONTRIBUTING.md")], ids=lambda page: page.name
)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    names = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:md|toml)|Makefile)`", page.read_text("utf-8")))
    assert len(names) > 10
    assert {name for name in names if not (ROOT / name).exists()} == set()


def test_the_glossary_has_each_word_once() -> None:
    terms = [term.lower() for term in re.findall(r"\*\*([^*]+)\*\*", GLOSSARY)]
    assert sorted(terms) == sorted(set(terms))
    assert {word.strip() for word in WORDS} <= set(terms)


def test_a_word_takes_two_lines() -> None:
    for entry in re.split(r"\n(?=- |\n)", GLOSSARY):
        if entry.startswith("- "):
            assert len(entry.splitlines()) <= 2, entry


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "SPEC.md"], ids=lambda page: page.name)
def test_the_glossary_is_linked(page: Path) -> None:
    assert "glossary.md)" in page.read_text("utf-8")
