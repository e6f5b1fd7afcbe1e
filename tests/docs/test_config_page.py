"""`docs/config.md` and README have every key of the sampling with its default and published value, and the others."""

import json
import re

import pytest
from support.paths import CONFIGS, ROOT

from tokstats_parallel.config.known_keys import TRAINING_KEYS
from tokstats_parallel.config.settings import Settings

PAGE = (ROOT / "docs" / "config.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PUBLISHED = json.loads((CONFIGS / "token_stats_code_only.json").read_text("utf-8"))
REQUIRED, NOT_THERE = "must be given", "-"


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Key -> default and published value, as a table with these columns has them."""
    found = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| [^|]+ \|$", text, re.MULTILINE)
    return {key: (default, published) for key, default, published in found}


def values(key: str) -> tuple[str, str]:
    field = Settings.model_fields[key]
    default = REQUIRED if field.is_required() else f"`{json.dumps(field.default)}`"
    return default, f"`{json.dumps(PUBLISHED[key])}`" if key in PUBLISHED else NOT_THERE


def test_every_setting_is_listed_with_its_values() -> None:
    listed = rows(PAGE)
    assert listed == {key: values(key) for key in listed}
    assert sorted(listed) == sorted(Settings.model_fields)


def test_every_other_key_of_the_training_is_listed_once() -> None:
    section = PAGE.partition("## Keys that cannot")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \| ([^|]+) \|$", section, re.MULTILINE)
    keys = [key for cell, _ in cells for key in re.findall(r"`([^`]+)`", cell)]
    assert sorted(keys) == sorted([*TRAINING_KEYS, "hn_*"])


def test_the_published_config_has_no_key_that_is_not_listed() -> None:
    assert {key for key in PUBLISHED if not key.startswith("hn_")} <= Settings.model_fields.keys()


def test_readme_has_the_numbers_and_switches() -> None:
    listed = rows(README)
    assert listed == {key: values(key) for key in listed}
    assert {key for key in Settings.model_fields if key.startswith("tokenizer_")} - {"tokenizer_name"} <= listed.keys()
    assert "docs/config.md" in README


@pytest.mark.parametrize(("alpha", "percent"), [("0.3", "11.2"), ("0.1", "33.4")])
def test_the_example_of_weights_is_right(alpha: str, percent: str) -> None:
    share = 100 / (1 + 1000 ** float(alpha))
    assert f"{share:.1f}" == percent
    assert f"{percent} %" in PAGE
