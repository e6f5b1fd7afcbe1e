"""Values of variables with which the hub's client cannot work."""

import os
import re
from pathlib import Path

import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._validators import validate_repo_id

from tokstats_parallel.system import hub_environment
from tokstats_parallel.system.hub_environment import (
    address_variables,
    client_variables,
    environment_fault,
    is_from_client,
    offline_variable,
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only a home without a token."""
    for name in list(os.environ):
        if re.fullmatch(r"(?i)(HF|TRANSFORMERS)_.*|HUGGING.*|SSL.*|.*_PROXY|XDG_CACHE_HOME", name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_an_environment_without_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert environment_fault() is None
    monkeypatch.setattr(hub_environment, "find_spec", lambda _name: object())
    for name, value in {
        "HF_TOKEN": " hf_abc\n",
        "HF_ENDPOINT": "http://127.0.0.1:8000/hub",
        "HTTPS_PROXY": "proxy.example:8080",
        "http_proxy": "http://user:word@[::1]:80",
        "ALL_PROXY": "socks5h://127.0.0.1:1080",
        "NO_PROXY": "localhost,::1",
        "SSL_CERT_DIR": str(tmp_path),
        "HF_HUB_DOWNLOAD_TIMEOUT": "30",
    }.items():
        monkeypatch.setenv(name, value)
        assert environment_fault() is None, name


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("HF_TOKEN", "“hf_abc”", "has the character '“', which is in no token"),
        ("HF_TOKEN", '"hf_abc"', "has the character '\"'"),
        ("HF_TOKEN", "hf_a\tb", r"has the character '\\t'"),
        ("HF_TOKEN", "hf_\udcff", "has the character '"),
        ("HUGGING_FACE_HUB_TOKEN", "hf_\N{NO-BREAK SPACE}abc", "has the character"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:9", "pip install socksio`, or unset HTTPS_PROXY"),
        ("all_proxy", "socks5h://127.0.0.1:9", "pip install socksio`, or unset all_proxy"),
        ("ALL_PROXY", "socks4://127.0.0.1:9", "is no address such as http://proxy:8080"),
        ("HTTP_PROXY", "http://proxy:port", "is no address"),
        ("HTTPS_PROXY", "http://[::1", "is no address"),
        ("HF_ENDPOINT", "huggingface.co", "is no address such as https://huggingface.co"),
        ("HF_ENDPOINT", "http://127.0.0.1:x", "is no address"),
        ("HF_ENDPOINT", "https://", "is no address"),
        ("SSL_CERT_FILE", "/none/at/all", "/none/at/all does not exist"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "soon", "'soon' is no whole number of seconds"),
    ],
)
def test_a_value_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str) -> None:
    monkeypatch.setattr(hub_environment, "find_spec", lambda _name: None)
    monkeypatch.setenv(name, value)
    fault = environment_fault()
    assert fault is not None
    assert fault.startswith(f"{name}: ")
    assert re.search(what, fault)
    assert "hf_" not in fault
    assert "\n" not in fault


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("HF_TOKEN_PATH", "t"),
        ("HF_HOME", "h/token"),
        ("XDG_CACHE_HOME", "c/huggingface/token"),
        ("", ".cache/huggingface/token"),
    ],
)
def test_a_token_file_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, path: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / path
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / path.partition("/")[0]))
    assert environment_fault() is None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("hf_abc\n")
    assert environment_fault() is None
    remedy = f", or correct {variable}" if variable else ""
    file.write_bytes(b"\xff\xfe")
    assert environment_fault() == f"{file}: holds no token; log in anew with `hf auth login`{remedy}"
    file.unlink()
    file.mkdir()
    assert environment_fault() == f"{file}: the token cannot be read (Is a directory); set HF_TOKEN{remedy}"
    monkeypatch.setenv("HF_TOKEN", "hf_abc")  # the file is not read then
    assert environment_fault() is None


def test_the_variables_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HOME", "HF_ENDPOINT", "https_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HF_TOKEN", "")
    assert client_variables() == ["HF_ENDPOINT", "HF_HOME", "NO_PROXY", "https_proxy"]
    assert address_variables() == ["HF_ENDPOINT", "https_proxy"]


def test_the_variable_that_switches_the_hub_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offline_variable() == "HF_HUB_OFFLINE"
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    assert offline_variable() == "TRANSFORMERS_OFFLINE"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert offline_variable() == "HF_HUB_OFFLINE"


def test_an_error_of_the_client_is_known_by_its_trace() -> None:
    with pytest.raises(HFValidationError) as caught:
        validate_repo_id("a//b")
    assert is_from_client(caught.value)
    with pytest.raises(ValueError, match="could not convert") as other:
        float("a")
    assert not is_from_client(other.value)
