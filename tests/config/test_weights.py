"""Weights of languages that are named without weights: the training's rule, by the user's table of pages."""

import math
from decimal import localcontext
from pathlib import Path
from typing import Any

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.config.language_counts import DEFAULT_TABLE
from tokstats_parallel.config.languages import Language, LanguageList
from tokstats_parallel.config.weights import Weighed, WeightRule, page_weights, weigh
from tokstats_parallel.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a config, beside the working directory `cwd`."""
    for name in ("cwd", "configs"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path / "configs"


def table(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def weighed(folder: Path, names: str, *weights: float, **changes: Any) -> tuple[Weighed, list[str]]:
    rule = {"alpha": 0.3, "alpha_is_set": False, "table": None, "config_folder": folder} | changes
    notices: list[str] = []
    listed = LanguageList("langs.txt", tuple(names.split()), weights or None)
    return weigh(listed, WeightRule(**rule), notify=notices.append), notices


def refused(folder: Path, names: str, *weights: float, **changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        weighed(folder, names, *weights, **changes)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_shares_of_round_numbers() -> None:
    """1/16, 1/16, 1/8 and 3/4 of the pages; the square roots by hand."""
    assert page_weights([10, 10, 20, 120], 0.5) == (0.25, 0.25, math.sqrt(1 / 8), math.sqrt(3) / 2)
    assert page_weights([10, 10, 20, 120], 1.0) == (0.0625, 0.0625, 0.125, 0.75)
    assert page_weights([10, 10, 20, 120], 0.0) == (1.0, 1.0, 1.0, 1.0)


def test_the_training_s_default_levels_a_thousandfold_to_eightfold() -> None:
    few, many = page_weights([1, 1000], 0.3)
    assert many / few == pytest.approx(1000**0.3)  # 7.94
    assert few / (few + many) == pytest.approx(0.1118, abs=1e-4)
    few, many = page_weights([1, 1000], 0.1)
    assert few / (few + many) == pytest.approx(0.3339, abs=1e-4)


@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=30), st.floats(0, 3))
def test_a_weight_is_the_power_of_a_share(pages: list[int], alpha: float) -> None:
    judge = oracle.page_weights(dict(enumerate(pages)), alpha)  # type: ignore[arg-type]  # any names
    assert page_weights(pages, alpha) == pytest.approx(tuple(judge.values()), rel=1e-12)


@pytest.mark.parametrize("alpha", [1e308, 1e6, 5e-324])
def test_an_extreme_exponent_is_no_error_by_itself(alpha: float) -> None:
    assert all(0 <= weight <= 1 for weight in page_weights([1, 3, 1e300, 1e-300], alpha))


def test_a_weight_does_not_depend_on_the_caller_s_decimals() -> None:
    expected = page_weights([1, 2], 0.3)
    with localcontext(prec=3):
        assert page_weights([1, 2], 0.3) == expected


def test_a_named_table_is_used(folder: Path) -> None:
    counts = table(folder / "pages.csv", "lang_code,n_pages\nqu,10\nde,7\nen,30\n")
    answer, notices = weighed(folder, "en qu", table=counts, alpha=0.5)
    assert answer == Weighed((Language("en", math.sqrt(0.75)), Language("qu", 0.5)), f"from {counts}: pages ** 0.5")
    assert notices == []


def test_the_training_s_table_is_found_as_the_config_s_files_are(folder: Path) -> None:
    theirs = table(folder / DEFAULT_TABLE, "lang_code,n_pages\nen,3\nqu,1\n")
    assert weighed(folder, "en qu")[0].origin == f"from {theirs}: pages ** 0.3"
    ours = table(Path.cwd() / DEFAULT_TABLE, "lang_code,n_pages\nen,1\nqu,1\n")
    assert weighed(folder, "en qu")[0].origin == f"from {ours}: pages ** 0.3"


def test_some_of_the_names_are_an_error_that_names_the_others(folder: Path) -> None:
    counts = table(folder / "pages.csv", "lang_code,n_pages\nen,3\n")
    assert refused(folder, "en python go", table=counts) == (
        f"{counts}: no pages of python, go; add them, or give 'name,weight' lines in langs"
    )


def test_none_of_the_names_means_equal_weights_with_a_line(folder: Path) -> None:
    counts = table(folder / "pages.csv", "lang_code,n_pages\nen,3\n")
    answer, _ = weighed(folder, "python go", table=counts)
    assert answer.languages == (Language("python", 1.0), Language("go", 1.0))
    assert answer.origin == f"equal, since langs has names only and {counts} has none of them"
    assert answer.note == (
        f"weights: {answer.origin}; for others, give a table with --language-counts FILE, "
        "or 'name,weight' lines in langs"
    )


def test_no_table_means_equal_weights_with_a_line(folder: Path) -> None:
    answer, _ = weighed(folder, "python go")
    assert answer.languages == (Language("python", 1.0), Language("go", 1.0))
    assert answer.origin == "equal, since langs has names only and there is no table of language counts"
    assert f"(looked for {Path.cwd() / DEFAULT_TABLE} and {folder / DEFAULT_TABLE})" in answer.note


@pytest.mark.parametrize("text", ["", "lang_code,n_pages\nde,3\n"], ids=["no table", "a table without them"])
def test_a_set_exponent_needs_the_table(folder: Path, text: str) -> None:
    if text:
        table(folder / DEFAULT_TABLE, text)
    message = refused(folder, "en qu", alpha_is_set=True)
    assert message.startswith("language_sampling_alpha is set, and langs has names only, but ")
    assert message.endswith("; give a table with --language-counts FILE, or 'name,weight' lines in langs")


def test_given_weights_and_one_language_need_no_table(folder: Path) -> None:
    for alpha_is_set in (False, True):
        answer, notices = weighed(folder, "en qu", 3.0, 1.0, alpha_is_set=alpha_is_set)
        assert answer == Weighed((Language("en", 3.0), Language("qu", 1.0)), "given by langs.txt")
        assert weighed(folder, "en", alpha_is_set=alpha_is_set)[0] == Weighed(
            (Language("en", 1.0),), "1, the only language"
        )
        assert notices == []


def test_a_table_that_is_not_used_is_named(folder: Path) -> None:
    missing = folder / "none.csv"
    _, notices = weighed(folder, "en qu", 3.0, 1.0, table=missing)
    assert notices == [f"--language-counts {missing} is not used, since the weights are given by langs.txt"]


def test_weight_0_is_left_out_with_a_notice(folder: Path) -> None:
    answer, notices = weighed(folder, "python cpp go", 1.0, 0.0, 0.0)
    assert answer.languages == (Language("python", 1.0),)
    assert notices == ["langs.txt: weight 0 keeps cpp, go out of the draw"]


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ((0.0, 0.0), "all weights are 0, so no batch has a language; raise at least one of them"),
        ((1e308, 1e308), "the weights' sum is too large for a number; use smaller weights"),
    ],
)
def test_weights_that_cannot_be_drawn_from(folder: Path, weights: tuple[float, ...], problem: str) -> None:
    assert refused(folder, "python go", *weights) == f"langs.txt: {problem}"
