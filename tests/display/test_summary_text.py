"""The summary as text: every fact, no markup, any width, and no more digits than the sample carries."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary import Summary, TokenShare
from tokstats_parallel.display.summary_text import SHOWN_LANGUAGES, SHOWN_TOKENS, percent, print_summary
from tokstats_parallel.errors import printable

SUMMARY = Summary(
    schema_version=1,
    total_batches=8,
    total_occurrences=3152,
    unique_tokens=394,
    min_count=1,
    written_tokens=394,
    written_occurrences=3152,
    average_per_batch=394.0,
    languages={"python": 3, "go": 5},
    texts=None,
    weights="given by langs.txt",
    seed=42,
    workers=2,
    seconds=1.75,
    top_tokens=(TokenShare("!", 8, 100.0),),
    top_sampled_tokens=(TokenShare("\u0120t", 4, 50.0),),
    top_sampled_by_language={"python": (TokenShare("\u0120t", 3, 100.0), TokenShare("xy", 1, 100 / 3)), "go": ()},
    sampling={
        "vocabulary_mean": 32768.5,
        "vocabulary_std": 0.0,
        "vocabulary_min": 16384,
        "vocabulary_max": 65536,
        "special_tokens": 1,
        "noise_mean": 1e-5,
        "noise_std": 4.0,
        "pooling": "separate",
        "pools": 2,
        "pool_texts": 2048,
        "text_characters": 2048,
    },
    output={"json": "/data/x.json"},
)


def printed(summary: Summary, width: int = 100) -> str:
    file = io.StringIO()
    print_summary(summary, PatientConsole(file=file, width=width, highlight=False, emoji=False, markup=False))
    return file.getvalue()


def test_everything_is_printed() -> None:
    assert [line.replace("\N{NO-BREAK SPACE}", "~").rstrip() for line in printed(SUMMARY, 200).splitlines()] == [
        "Total batches:     8",
        "Total occurrences: 3,152",
        "Unique tokens:     394",
        "Average per batch: 394.0",
        "Languages:         python 3, go 5",
        "Weights:           given by langs.txt",
        "Seed:              42",
        "Vocabularies:      16,384 to 65,536 pieces, mean 32,768.5, standard deviation 0",
        "Noise:             median 1e-05, standard deviation of its logarithm 4",
        "Pools:             2 for each language, of 2,048 texts of up to 2,048 characters",
        "Time:              1.8 s with 2 workers",
        "",
        "Most frequent sampled tokens, with the share of the language's batches that held them:",
        "python  \u0120t~100 %  xy~33 %",
        "(without 391 bytes and pieces of white space and 1 special token, which every vocabulary holds)",
        "",
        "Written:",
        "  /data/x.json",
    ]


def test_without_noise_and_with_languages_that_share_pools() -> None:
    shared = printed(replace(SUMMARY, sampling=SUMMARY.sampling | {"noise_mean": 0.0, "pooling": "shared", "pools": 1}))
    assert "Noise:             none (tokenizer_noise_mean is 0)" in shared
    assert "Pools:             1 for all languages, a language for each batch, of 2,048 texts" in shared
    mixed = replace(SUMMARY, texts={"python": 25, "go": 75}, sampling=SUMMARY.sampling | {"pooling": "mixed"})
    assert "Texts:             python 25.0 %, go 75.0 %" in printed(mixed)
    assert "languages mixed by text, of 2,048 texts" in printed(mixed)


@pytest.mark.parametrize(
    ("least", "words"),
    [
        (65536, "65,536 pieces each\n"),
        (70_000, "65,536 pieces each, since tokenizer_sample_max is below tokenizer_sample_min, 70,000\n"),
    ],
)
def test_one_size_of_all_vocabularies(least: int, words: str) -> None:
    assert f"Vocabularies:      {words}" in printed(
        replace(SUMMARY, sampling=SUMMARY.sampling | {"vocabulary_min": least})
    )


@pytest.mark.parametrize("width", [40, 80, 133])
def test_no_line_ends_between_a_token_and_its_share(width: int) -> None:
    shares = tuple(TokenShare(f"token{number}日", 3, 100.0) for number in range(SHOWN_TOKENS))
    text = printed(replace(SUMMARY, top_sampled_by_language={"python": shares}), width)
    table = text[text.index("held them:\n") + 11 : text.index("(without")]
    assert table.count("日\N{NO-BREAK SPACE}100 %") == SHOWN_TOKENS
    assert max(map(cell_len, table.splitlines())) > width - 20


def test_only_fixed_tokens_give_no_table() -> None:
    text = printed(replace(SUMMARY, top_sampled_by_language={"python": (), "go": ()}))
    assert "sampled" not in text
    assert "/data/x.json" in text


def test_the_languages_with_the_most_batches_are_listed() -> None:
    languages = {f"l{number:02}": number for number in range(1, 31)}
    tokens = tuple(TokenShare(f"t{number:02}", 1, 1.0) for number in range(20))
    text = printed(replace(SUMMARY, languages=languages, top_sampled_by_language=dict.fromkeys(languages, tokens)), 400)
    rows = [line for line in text.splitlines() if "t00" in line]
    assert [row[:3] for row in rows] == [f"l{number:02}" for number in range(31 - SHOWN_LANGUAGES, 31)]
    assert all(row.count(" %") == SHOWN_TOKENS for row in rows)
    assert "and 18 languages with fewer batches: see the Parquet" in text


ODD_TOKENS = ("[red]x[/red]", "[/]", ":smile:", "\\[", "\u0120日本語", "e\u0301", "a" * 300, "\x1b[31m\n\u202e")


@pytest.mark.parametrize("width", [30, 80, 500])
def test_tokens_of_any_kind_fit_and_are_no_markup(width: int) -> None:
    shares = tuple(TokenShare(token, 2, 200 / 3) for token in ODD_TOKENS)
    odd = replace(SUMMARY, languages={"[b]python": 3}, top_sampled_by_language={"[b]python": shares}, output={})
    text = printed(odd, width)
    table = text[text.index("held") :]
    assert all(token in table for token in ("[/]", ":smile:", "日本語"))
    assert table.count("%") == len(ODD_TOKENS)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert all(
        cell_len(line) <= width for line in lines[lines.index("") + 2 :] if "batches" not in line and "(" not in line
    )


@pytest.mark.parametrize(
    ("count", "batches", "expected"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33 %"),
        (947, 1000, "95 %"),
        (9999, 10_000, ">99 %"),
        (1, 10_000, "<1 %"),
        (249_999, 250_000, ">99.9 %"),
        (123_456, 250_000, "49.4 %"),
        (1, 10**9, "<0.1 %"),
    ],
)
def test_shares_have_no_more_digits_than_the_sample(count: int, batches: int, expected: str) -> None:
    assert percent(count, batches) == expected


def test_characters_that_do_not_show_are_escaped() -> None:
    assert printable("\u0120a\n\x1b\u202e[😀") == "\u0120a\\n\\x1b\\u202e[😀"


def test_what_is_left_out_is_said() -> None:
    page = printed(replace(SUMMARY, min_count=3, written_tokens=300, written_occurrences=1576))
    assert (
        "Unique tokens:     394\nWritten tokens:    300 with a count of 3 or more, 50.0 % of the occurrences\n" in page
    )
    assert "Written tokens" not in printed(SUMMARY)
