"""Table of language counts: CSV as spreadsheets and scripts write it, and one line for whatever is wrong in it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokstats_parallel.config.language_counts import read_counts
from tokstats_parallel.errors import ConfigError


def read(folder: Path, content: bytes | str) -> dict[str, float]:
    path = folder / "pages.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_counts(path, ["en", "qu"])


def refused(folder: Path, content: bytes | str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / 'pages.csv'}: ")
    return message.removeprefix(f"{folder / 'pages.csv'}: ")


@pytest.mark.parametrize(
    "content",
    [
        "lang_code,n_pages\nen,30\nqu,1\n",
        "\ufefflang_code,n_pages\r\nen,30\r\nqu,1\r\n",
        '"lang_code","n_pages"\n"en","30"\n"qu","1"\n',
        " lang_code , n_pages \n en , 30 \n qu, 1.0",
        'rank,n_pages,name,lang_code\n1,30,"English, all",en\n2,1,"Que\nchua",qu\n',
        "lang_code,n_pages,more\nen,3e1\n\nqu,1,2,3\nde\n",
        "lang_code,n_pages\nde,none\nde,-1\nqu,1\nen,30\nfr,0",
    ],
    ids=["plain", "byte order mark and CRLF", "quotes", "blanks", "other columns", "uneven rows", "other rows"],
)
def test_tables(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == {"en": 30.0, "qu": 1.0}


def test_a_name_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "lang_code,n_pages\nqu,1\n") == {"qu": 1.0}


@pytest.mark.parametrize("pages", ["", "many", "-1", "0", "nan", "inf", "1e999", '"1,000"', "0x10"])
def test_pages_that_are_no_number_above_0(tmp_path: Path, pages: str) -> None:
    message = refused(tmp_path, f"lang_code,n_pages\nen,1\nqu,{pages}\n")
    shown = pages.strip('"')
    assert message == f"line 3: language 'qu' has {shown!r} as n_pages, which must be a number above 0; correct it"


def test_a_language_twice(tmp_path: Path) -> None:
    message = refused(tmp_path, "lang_code,n_pages\nen,1\nde,4\nen,1\n")
    assert message == "line 4: language 'en' was counted in line 2 already; keep one of them"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "nothing"),
        ("en,30\nqu,1\n", "en,30"),
        ("lang_code;n_pages\nen;1\n", "lang_code;n_pages"),
        ("lang_code,n_pages,n_pages\n", "lang_code,n_pages,n_pages"),
    ],
)
def test_columns_that_are_not_there_once(tmp_path: Path, content: str, found: str) -> None:
    expected = f"line 1 must name the columns lang_code and n_pages (found {found})"
    assert refused(tmp_path, content).startswith(expected)


@pytest.mark.parametrize(
    "content",
    [b"lang_code,n_pages\n\xff,1\n", "lang_code,n_pages\n".encode("utf-16"), b"lang_code,n_pages\n" + b"x" * 200_000],
    ids=["Latin-1", "UTF-16", "a long cell"],
)
def test_a_file_that_is_no_csv(tmp_path: Path, content: bytes) -> None:
    assert refused(tmp_path, content).startswith("not readable as CSV in UTF-8 (")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('"en,30\nqu,1\n', "not readable as CSV in UTF-8 (unexpected end of data); save it anew"),
        ('"en,30\nqu",1\n', "line 3 ends a name that has several lines; correct its quotes"),
        ('"en"x,30\nqu,1\n', "not readable as CSV in UTF-8 (',' expected after '\"'); save it anew"),
    ],
)
def test_a_quotation_mark_too_many_hides_no_language(tmp_path: Path, rows: str, problem: str) -> None:
    assert refused(tmp_path, f"lang_code,n_pages\n{rows}") == problem


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.csv: no such table of language counts; correct --language-counts$"):
        read_counts(tmp_path / "none.csv", ["en"])
    with pytest.raises(ConfigError, match=f"^{tmp_path}: "):
        read_counts(tmp_path, ["en"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: f"lang_code,n_pages\nen,{text}".encode()))
def test_any_bytes_are_a_table_or_one_line(tmp_path: Path, content: bytes) -> None:
    try:
        assert all(pages > 0 for pages in read(tmp_path, content).values())
    except ConfigError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable() or not message
