"""Sample of a report's page, with every block and every chart, and with tokens that try to break out of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tokstats_parallel._native import readable_text
from tokstats_parallel.report.charts.bar_chart import Bar, StackedBar, bar_chart, stacked_bar_chart
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.heat_map import heat_map
from tokstats_parallel.report.charts.line_chart import line_chart
from tokstats_parallel.report.contents import Cell, Column, DataTable, Figure, KeyNumber, Kind, Page, Section
from tokstats_parallel.report.html import rows_that_fit, space_left

SIX = ("python", "go", "java", "javascript", "php", "ruby")
TWENTY_FOUR = (
    *SIX, "c", "c++", "c-sharp", "css", "dart", "haskell", "html", "julia", "kotlin", "lua", "markdown", "perl", "r",
    "rust", "scala", "shell", "sql", "typescript",
)  # fmt: skip
KINDS = ("word start", "word", "punctuation", "number", "non-ASCII", "mixed")
HOSTILE = (
    "</script>", "<script>x()", '"><img src=x', "'--><!--", "</td></table>", "]]></style>", "{{ 7*7 }}", "&amp;&#60;",
    "javascript:x()", "\u202egnp.exe", "a\u200bb\u200d\ufeff", "\u0301\u0302", "Z\u0351\u0352\u0353\u0354\u0355\u0356",
    "\x00\x07\x1b[31m", "שלום", "مرحبا", "\u2066x\u2069", "ﷺ", "🏴‍☠️", "\ud7ff", "=1+1", "+cmd|'", "\u2028\u2029",
    "\u3164",
)  # fmt: skip
JUNK = (b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1", b"\xe2\x80", b"\x80" * 15)


def sample_page(tokens: int = 2000) -> Page:
    """The page, with that many rows in its table of tokens at most, and as many as fit."""
    sections = [_answer(), _spectrum(), _languages(), _many_languages()]
    page = Page(
        title="Which tokens 1,000 batches of code draw",
        summary=[
            "A vocabulary of 32,768 pieces shares 9,412 of its sampled tokens with every other one; the rest change.",
            "In 1,000 batches 412,806 different tokens were seen, of which 61 % were seen once.",
            "About 1.2 million more are still unseen. Python and Ruby are alike most, PHP adds the most of its own.",
        ],
        sections=[*sections, Section("tokens", "Tokens", _TOKENS, [token_table(0)])],
        notes=["Fixed pieces (bytes, white space, special tokens) are in every vocabulary, so no drawing has them."],
    )
    table = token_table(tokens)
    fitting = rows_that_fit(table, space_left(page))
    table = replace(table, rows=table.rows[:fitting], caption=_caption(fitting))
    return replace(page, sections=[*sections, Section("tokens", "Tokens", _TOKENS, [table])])


_TOKENS = "The most frequent tokens, the most typical ones of each language, and some of every rank."


def _caption(rows: int) -> str:
    return f"{rows:,} of 412,806 sampled tokens. All of them: `tokstats top run.json --csv`, or the Parquet file."


def token_table(rows: int) -> DataTable:
    """A table of tokens, the hostile ones first."""
    return DataTable(
        "tokens",
        _caption(rows),
        [
            Column("token", "Token", Kind.TOKEN),
            Column("stored", "As stored", Kind.TOKEN),
            Column("kind", "Kind", Kind.TEXT, filter="Kind"),
            Column("share", "Share", Kind.SHARE),
            Column("interval", "95 % interval", Kind.TEXT),
            *(Column(f"count_{language}", language, filter="Language") for language in SIX),
        ],
        _token_rows(rows),
        can_be_searched=True,
    )


def _token_rows(rows: int) -> list[Sequence[Cell]]:
    stream = np.random.default_rng(1)
    tokens = [text.encode() for text in HOSTILE] + list(JUNK)
    tokens += [f" {word}{number}".encode() for number in range(1000) for word in ("def", "return", "self")]
    made: list[Sequence[Cell]] = []
    for rank, token in enumerate(tokens[:rows]):
        share = min(1.0, 8 / (rank + 8))
        stored = "".join(chr(byte) if 33 <= byte < 127 else chr(256 + byte) for byte in token)
        counts = [int(share * 170 * stream.random()) for _ in SIX]
        interval = f"{97 * share:.1f} to {min(100, 103 * share):.1f} %"
        made.append((readable_text(token), stored, KINDS[rank % 6], share, interval, *counts))
    return made


def _answer() -> Section:
    numbers = (
        KeyNumber(
            "Certain",
            "9,412",
            "In all batches: part of every tokenizer that the training sees.",
            "28.7 % of a vocabulary",
        ),
        KeyNumber("Stable", "6,203", "In half of the batches or more.", "17.1 % of a vocabulary"),
        KeyNumber("Rare", "143,377", "In less than 1 % of the batches, but twice or more.", "9.8 % of a vocabulary"),
        KeyNumber("Seen once", "251,812", "In a single batch.", "0.8 % of a vocabulary"),
        KeyNumber("Unseen, estimated", "1.2 M", "Tokens that more batches would still find.", "at least"),
    )
    facts = DataTable(
        "run",
        "What was run, and on which data.",
        [Column("fact", "Fact", Kind.TEXT), Column("value", "Value", Kind.TEXT)],
        [
            ("Config", "configs/zett_\u202egpj.json"),
            ("Command", "tokstats collect configs/demo.json --num-batches 1000 --seed 1234"),
            ("Batches", "1,000"),
            ("Data", "6 languages, 1,204,113 rows, fingerprint 8d1f0c4e"),
            ("Time", "2 minutes on 8 workers"),
        ],
    )
    parts = ("certain", "stable", "variable", "rare", "once")
    shares = [(0.29, 0.19, 0.38, 0.12, 0.02), (0.31, 0.17, 0.36, 0.13, 0.03), (0.25, 0.22, 0.41, 0.1, 0.02)]
    bars = [StackedBar(name, values, "32,768") for name, values in zip(("all", *SIX[:2]), shares, strict=True)]
    drawn = stacked_bar_chart(
        bars, parts, axis=Axis("share of a vocabulary", is_share=True), title="Classes of tokens",
        description="The share of a vocabulary that tokens of each class fill.",
    )  # fmt: skip
    columns = [Column("language", "Language", Kind.TEXT), *(Column(part, part, Kind.SHARE) for part in parts)]
    table = DataTable("classes", "Share of a vocabulary by class.", columns,
                      [(bar.label, *bar.values) for bar in bars])  # fmt: skip
    figure = Figure("Classes fill a vocabulary", "Two thirds of a vocabulary are certain or stable.", drawn, table)
    return Section("answer", "The answer", "Half of a vocabulary is the same in every batch.", [numbers, figure, facts])


def _spectrum() -> Section:
    ranks = [round(10 ** (index / 9)) for index in range(46)]
    by_rank = {
        name: [(rank, 1000 / (1 + rank / (900 + 500 * place)) ** (1.1 + place / 20)) for rank in ranks]
        for place, name in enumerate(SIX)
    }
    frequency = _lines(
        "rank-frequency", "Rank and frequency", "Each language has a plateau of certain tokens, then a steep fall. "
        "46 of 412,806 ranks are drawn, at equal distances.", by_rank,
        x=Axis("rank of the token", is_log=True), y=Axis("batches that hold it", is_log=True),
    )  # fmt: skip
    batches = list(range(0, 1001, 25))
    curve = {
        name: [(x, (80_000 - 9000 * place) * (1 - math.exp(-x / 400))) for x in batches]
        for place, name in enumerate(SIX)
    }
    growth = _lines("growth", "Different tokens by batches", "After 1,000 batches it still grows by 20 a batch.",
                    curve, x=Axis("batches"), y=Axis("different tokens"))  # fmt: skip
    lengths = [Bar(f"{length} bytes", share, f"{100 * share:.1f} %") for length, share in enumerate(
        (0.04, 0.11, 0.16, 0.17, 0.15, 0.11, 0.09, 0.06, 0.04, 0.03, 0.02, 0.01, 0.007, 0.003), 2)]  # fmt: skip
    return Section("spectrum", "How often tokens are drawn", "Few tokens are in all batches.", [
        frequency, growth,
        _bars("lengths", "Length", lengths, Axis("mean inclusion probability", is_share=True)),
        _bars("kinds", "Kind", [Bar(kind, 3.0**-place, f"{3.0**-place:.3f}") for place, kind in enumerate(KINDS)],
              Axis("mean inclusion probability")),
    ])  # fmt: skip


def _lines(
    name: str, title: str, caption: str, lines: Mapping[str, Sequence[tuple[float, float]]], *, x: Axis, y: Axis
) -> Figure:
    svg = line_chart([Series(key, points) for key, points in lines.items()], x=x, y=y, title=title, description=caption)
    columns = [Column("x", x.title), *(Column(key, key, Kind.NUMBER) for key in lines)]
    rows = [(points[0][0], *(round(y, 1) for _, y in points)) for points in zip(*lines.values(), strict=True)]
    return Figure(title, caption, svg, DataTable(name, f"{title}.", columns, rows))


def _bars(name: str, title: str, bars: list[Bar], axis: Axis) -> Figure:
    svg = bar_chart(bars, axis=axis, title=title, description=f"{axis.title} by {title.lower()}.")
    columns = [Column("label", title, Kind.TEXT), Column("value", axis.title, Kind.NUMBER, 3)]
    table = DataTable(name, f"{axis.title} by {title.lower()}.", columns, [(bar.label, bar.value) for bar in bars])
    return Figure(f"{title} and inclusion probability", "Short tokens are drawn more often than long ones.", svg, table)


def _languages() -> Section:
    return Section("languages", "Languages", "Ruby and Python share the most tokens.", [
        heat_figure("overlap", SIX),
        Figure("What each language adds", "Tokens that no other language draws.", bar_chart(
            [Bar(name, 5000 / (place + 1), f"{5000 / (place + 1):,.0f}") for place, name in enumerate(SIX)],
            axis=Axis("tokens of this language only"), title="Own tokens", description="Own tokens by language."),
            DataTable("own", "Own tokens.", [Column("language", "Language", Kind.TEXT), Column("own", "Own tokens")],
                      [(name, round(5000 / (place + 1))) for place, name in enumerate(SIX)])),
    ])  # fmt: skip


def _many_languages() -> Section:
    return Section("many", "Many languages", "The same for 24 languages.", [heat_figure("overlap-24", TWENTY_FOUR)])


def heat_figure(name: str, languages: Sequence[str]) -> Figure:
    """The lower half of a symmetric matrix."""
    values: list[list[float | None]] = [
        [1 / (1.3 + (row - column) / 4) if column < row else None for column in range(len(languages))]
        for row in range(len(languages))
    ]
    title = "Overlap of languages"
    svg = heat_map(
        values, rows=languages, columns=languages, title=title, description="Weighted Jaccard index in percent."
    )
    columns = [Column("language", "Language", Kind.TEXT)]
    columns += [Column(language, language, Kind.SHARE, 0) for language in languages]
    table = DataTable(name, "Weighted Jaccard index of each pair.", columns,
                      [(language, *row) for language, row in zip(languages, values, strict=True)])  # fmt: skip
    return Figure(
        title, "Weighted Jaccard index in percent: 100 if two languages draw all tokens equally often.", svg, table
    )
