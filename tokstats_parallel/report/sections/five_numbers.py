"""Five numbers: how many sampled tokens are certain, stable, rare, seen once and unseen, and what that means."""

from collections.abc import Iterable, Sequence

from tokstats_parallel.answers.groups import FIXED, LEFT_OUT, Group
from tokstats_parallel.report.charts.bar_chart import StackedBar, stacked_bar_chart
from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.contents import Cell, Column, DataTable, Figure, KeyNumber, Kind, Section
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.words import a_or_b, percent, rounded

_MEANINGS = {
    FIXED: "in every vocabulary by design: bytes, white space and special tokens",
    "certain": "sampled, and in every vocabulary",
    "stable": "in at least half of the vocabularies, but not in all",
    "variable": "in 1 % of the vocabularies or more, but in fewer than half",
    "rare": "in fewer than 1 % of the vocabularies, but in two or more",
    "once": "in one vocabulary only",
    LEFT_OUT: "too rare for the result (--min-count)",
}
_LABELS = {"certain": "Certain", "stable": "Stable", "rare": "Rare", "once": "Seen once"}
_CONSEQUENCES = {
    "certain": "Every training step can use them.",
    "stable": "Most training steps can use them.",
    "rare": "A training meets each of them in few of its steps.",
    "once": "Chance brought them in; another seed would bring others.",
}
_PARTS: dict[str, tuple[str, ...]] = {
    "fixed": (FIXED,),
    "certain": ("certain",),
    "stable": ("stable",),
    "variable": ("variable",),
    "rare or once": ("rare", "once"),
    "left out": (LEFT_OUT,),
}


def five_numbers(result: Reported) -> Section:
    """Makes the section."""
    variable = result.classes["variable"]
    lead = (
        f"Between stable and rare: {a_or_b(variable.tokens or 0, 'variable token', 'variable tokens')}, "
        f"{percent(variable.share)} of an average vocabulary."
    )
    if result.batches == 1:
        lead = "A single vocabulary says nothing about the stability of its tokens: each of them counts as certain."
    blocks = (key_numbers(result), _class_table(result.classes.values()), _composition(result))
    return Section("numbers", "The answer in five numbers", lead, blocks)


def key_numbers(result: Reported) -> tuple[KeyNumber, ...]:
    """Returns the five numbers."""
    groups = result.classes
    return (*(_key_number(name, groups[name], result) for name in _LABELS), _unseen(result))


def _key_number(name: str, group: Group, result: Reported) -> KeyNumber:
    meaning = f"Sampled tokens {_MEANINGS[name].removeprefix('sampled, and ')}. {_CONSEQUENCES[name]}"
    if name in ("rare", "once") and not result.is_complete:
        without = f"The result leaves out tokens of fewer than {result.least:,} batches."
        value = "not known" if name == "once" else _at_least(f"{group.tokens:,}")
        return KeyNumber(_LABELS[name], value, f"{meaning} {without}")
    note = f"{percent(group.share)} of an average vocabulary ({_pieces(group.pieces)})" if group.tokens else ""
    return KeyNumber(_LABELS[name], f"{group.tokens:,}", meaning, note)


def _unseen(result: Reported) -> KeyNumber:
    label, richness = "Unseen", result.richness
    if richness is None:
        why = (
            "A single batch cannot tell how many tokens are still unseen."
            if result.batches < 2  # noqa: PLR2004 - tokens of one batch are compared with another's
            else f"The result leaves out tokens of fewer than {result.least:,} batches, by which it is estimated."
        )
        return KeyNumber(label, "not known", why)
    worst, more = result.richness_at_worst, ""
    if worst is not None and worst.unseen > richness.unseen:
        more = f" Since batches share texts, there may be up to {rounded(worst.unseen)}."
    return KeyNumber(
        label,
        _at_least(rounded(richness.unseen)),
        f"Sampled tokens that more batches would bring, estimated from those seen once and twice (Chao2).{more}",
        f"at least {percent(1 - richness.seen_share)} of the sampled pieces of a further vocabulary",
    )


def _at_least(number: str) -> str:
    return f"≥\N{NO-BREAK SPACE}{number}"


def _pieces(number: float) -> str:
    return f"{number:,.0f} pieces" if number >= 10 else f"{number:.1f} pieces"  # noqa: PLR2004 - two digits


def _class_table(groups: Iterable[Group]) -> DataTable:
    return DataTable(
        "classes",
        "All tokens by class, with the part of an average vocabulary that each class fills.",
        (
            Column("class", "Class", Kind.TEXT),
            Column("meaning", "Meaning", Kind.TEXT),
            Column("tokens", "Tokens"),
            Column("pieces", "Pieces in a vocabulary", Kind.NUMBER),
            Column("share", "Share of a vocabulary", Kind.SHARE),
        ),
        [(one.name, _MEANINGS[one.name], one.tokens, one.pieces, one.share) for one in groups],
    )


def _composition(result: Reported) -> Figure:
    rows = [("all batches", _shares(result, None)), *((name, _shares(result, name)) for name in result.languages)]
    parts = [part for at, part in enumerate(_PARTS) if any(shares[at] for _, shares in rows)]
    shown: list[tuple[str, list[float]]] = [
        (name, [share for part, share in zip(_PARTS, shares, strict=True) if part in parts]) for name, shares in rows
    ]
    title = "What an average vocabulary is made of"
    cells: list[Sequence[Cell]] = [(name, *shares) for name, shares in shown]
    return Figure(
        title,
        "Share of the pieces of an average vocabulary by class, in all batches and in those of each language."
        + _core_words(rows),
        stacked_bar_chart(
            [StackedBar(name, shares) for name, shares in shown],
            parts,
            axis=Axis("share of an average vocabulary", is_share=True, high=1.0),
            title=title,
            description=_composition_words(*shown[0], parts),
        ),
        DataTable(
            "composition",
            "Share of an average vocabulary that each class of tokens fills.",
            (
                Column("language", "Language", Kind.TEXT),
                *(Column(part.replace(" ", "_"), part, Kind.SHARE) for part in parts),
            ),
            cells,
        ),
    )


def _shares(result: Reported, language: str | None) -> list[float]:
    found = {one.name: one.share for one in result.wholes[language].classes(result.histograms[language])}
    return [sum(found.get(name, 0.0) for name in names) for names in _PARTS.values()]


def _core_words(rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Returns a sentence that compares all batches with those of one language; empty for fewer than two languages."""
    known = len(("fixed", "certain", "stable"))
    (_, whole), *languages = [(name, sum(shares[:known])) for name, shares in rows]
    if not languages:
        return ""
    low, high = (choose(languages, key=lambda one: one[1]) for choose in (min, max))
    return (
        f" Fixed, certain and stable tokens fill {percent(whole)} in all batches, and {percent(low[1])} ({low[0]}) to "
        f"{percent(high[1])} ({high[0]}) in those of a language."
    )


def _composition_words(name: str, shares: Sequence[float], parts: Sequence[str]) -> str:
    named = ", ".join(f"{part} {percent(share)}" for part, share in zip(parts, shares, strict=True))
    return f"Stacked bars of classes of tokens; {name}: {named}."
