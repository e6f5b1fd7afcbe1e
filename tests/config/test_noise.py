"""Configs and langs files of any content give a job, or a ConfigError of one line, soon and without a traceback."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.known_keys import TRAINING_KEYS
from tokstats_parallel.config.languages import read_languages
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.settings import Settings
from tokstats_parallel.errors import ConfigError, CorpusError

SECONDS = 5.0  # far more than anything here takes
KEYS = [*Settings.model_fields, *sorted(TRAINING_KEYS)[:3], "hn_x", "zzz"]
BASE = {"train_directory": "train", "langs": "python go"}
# One folder for all examples: what they write takes the place of what was there.
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

numbers = st.one_of(
    st.integers(),
    st.sampled_from([0, 1, -1, 391, 392, 2**20, 2**32, 2**53 + 1, 2**64 - 1, 2**64, 10**400, -(10**400)]),
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0]),
)
texts = st.one_of(
    st.text(st.characters(), max_size=20),  # surrogates, too: JSON can spell them
    st.sampled_from(
        ["", " ", "\0", "\ud800", "train", "go", "..", "/", "a\nb", "x" * 10_000, "langs.txt", "~", "\u2028"]
    ),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a config with data of two languages; it is the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").mkdir()
    for name in ("python", "go"):
        (tmp_path / "train" / f"{name}.parquet").touch()
    return tmp_path


def answered(load: Callable[[Callable[[str], None]], object]) -> object:
    """Returns the result of a call, or None where it is refused; both come soon, and notices are lines."""
    notices: list[str] = []
    begun = time.monotonic()
    try:
        result = load(notices.append)
    except (ConfigError, CorpusError) as error:
        result = None
        notices.append(str(error))
    assert time.monotonic() - begun < SECONDS
    for line in notices:
        assert line.strip()
        assert len(line.splitlines()) == 1, line
    return result


def load(path: Path, **options: Any) -> object:
    given_ = {"special_tokens": "<unk>,</s>", "eos_token": "</s>"} | options
    job = answered(lambda notify: load_job(JobRequest(config=path, **given_), notify=notify))
    assert job is None or isinstance(job, Job)
    return job


def load_text(folder: Path, text: str | bytes) -> object:
    path = folder / "config.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return load(path)


@SAME_FOLDER
@given(st.sampled_from(KEYS), values)
@example("langs", "\ud800")
@example("train_directory", "\ud800")
@example("train_directory", "x" * 5000)
@example("train_directory", "a\0")
@example("valid_directory", "\0")
@example("tokenizer_name", "\0")
def test_any_value_of_any_key(folder: Path, key: str, value: object) -> None:
    load_text(folder, json.dumps(BASE | {key: value}))


@SAME_FOLDER
@given(st.dictionaries(st.sampled_from(KEYS) | texts, values, max_size=6))
def test_any_object(folder: Path, config: dict[str, object]) -> None:
    load_text(folder, json.dumps(config))


@SAME_FOLDER
@given(st.sampled_from(KEYS) | texts, texts)
@example("train_directory", "\0")
def test_any_override(folder: Path, key: str, value: str) -> None:
    load_text(folder, json.dumps(BASE))
    load(folder / "config.json", assignments=(f"{key}={value}",))


@SAME_FOLDER
@given(texts, texts)
def test_any_special_tokens(folder: Path, special_tokens: str, eos_token: str) -> None:
    load_text(folder, json.dumps(BASE))
    load(folder / "config.json", special_tokens=special_tokens, eos_token=eos_token)


@SAME_FOLDER
@given(st.binary(max_size=200) | st.lists(st.sampled_from(list('{}[]",:\\ \n0e-.truefalsn')), max_size=60).map("".join))
def test_any_bytes_as_a_config(folder: Path, content: bytes | str) -> None:
    load_text(folder, content)


@SAME_FOLDER
@given(st.integers(0, 200), st.sampled_from([b"", b"\0", b"\xff", b"\n", b"}", b'"', b"9"]), st.booleans())
def test_a_config_that_is_cut_or_changed(folder: Path, place: int, put: bytes, cut: bool) -> None:
    whole = json.dumps(BASE | {"seed": 1, "block_size": 64}).encode()
    load_text(folder, whole[:place] + put + (b"" if cut else whole[place + 1 :]))


@SAME_FOLDER
@given(texts)
@example("a\nb")
@example("\u2028")
def test_any_folder_of_a_debug_run(folder: Path, name: str) -> None:
    load_text(folder, json.dumps(BASE | {"debug": True, "valid_directory": name}))


def odd_configs() -> list[Any]:
    whole = json.dumps(BASE)
    texts = {
        "nested": '{"langs": ' + "[" * 2000 + "]" * 2000 + "}",
        "nested without end": '{"a":' * 100_000,
        "nested in a key that is passed over": whole[:-1] + ', "loss": ' + "[" * 500 + "]" * 500 + "}",
        "digits": whole[:-1] + ', "seed": ' + "1" * 4000 + "}",
        "too many digits": whole[:-1] + ', "seed": ' + "1" * 100_000 + "}",
        "exponent": whole[:-1] + ', "seed": 1e400}',
        "NaN": whole[:-1] + ', "tokenizer_noise_mean": NaN}',
        "long line": whole[:-1] + ', "zzz": "' + "x" * 5_000_000 + '"}',
        "long langs": json.dumps(BASE | {"langs": "go " * 30_000}),
        "long name": json.dumps(BASE | {"langs": "x" * 1_000_000}),
        "many keys": json.dumps({f"key{number}": number for number in range(300)} | BASE),
        "NUL": "\0" * 1000,
        "UTF-16": whole.encode("utf-16"),
    }
    return [pytest.param(text, id=name) for name, text in texts.items()]


@pytest.mark.parametrize("text", odd_configs())
def test_an_odd_config(folder: Path, text: str | bytes) -> None:
    load_text(folder, text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + json.dumps(BASE),
        json.dumps(BASE, indent=2).replace("\n", "\r\n"),
        json.dumps(BASE)[:-1] + ', "loss": {"a": 1, "a": 2}}',
    ],
    ids=["byte order mark", "CRLF", "a key twice in a value that is passed over"],
)
def test_an_unusual_config_that_is_sound(folder: Path, text: str) -> None:
    job = load_text(folder, text)
    assert isinstance(job, Job)
    assert job.seed == 42


def load_langs(folder: Path, content: bytes) -> object:
    (folder / "langs.txt").write_bytes(content)
    return answered(lambda _notify: read_languages("langs.txt", config_folder=folder))


@SAME_FOLDER
@given(st.binary(max_size=300) | texts.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_as_a_langs_file(folder: Path, content: bytes) -> None:
    load_langs(folder, content)


langs_lines = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["go", "python", "en", "", " ", "#", "..", "a/b", "é", "\ufeff", "\x85", "\x1c"]),
    st.sampled_from([",", "", ",,", " , "]),
    st.sampled_from(["", "1", "0", "nan", "-1", "1e400", "1_0", "\u0661", "0x1", "1" * 5000, "1e-320", "1e308"]),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
)


@SAME_FOLDER
@given(st.lists(langs_lines, max_size=6))
def test_any_lines_of_langs(folder: Path, lines: list[str]) -> None:
    load_langs(folder, "".join(lines).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"x" * 5_000_000,
        b"go," + b"1" * 1_000_000,
        b"," * 100_000,
        b"\n" * 1_000_000,
        b"go\n" * 10_000,
        b"\xff\xfeg\0o\0",
        b"\0",
    ],
    ids=["long line", "digits", "commas", "empty lines", "one name often", "UTF-16", "NUL"],
)
def test_an_odd_langs_file(folder: Path, content: bytes) -> None:
    load_langs(folder, content)


def test_any_text_as_langs(folder: Path) -> None:
    @given(texts | st.text(max_size=200))
    def check(langs: str) -> None:
        answered(lambda _notify: read_languages(langs, config_folder=folder))

    check()
