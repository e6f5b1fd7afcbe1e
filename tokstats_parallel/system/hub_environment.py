"""Environment of the hub's client: finds values of variables with which every request would fail.

The client takes its token, its address, proxies and certificates from variables, and reports a value that it cannot use
by an error of some library below it, or tries again as if the network were at fault.
"""

import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

_TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_TIMEOUT_VARIABLES = ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT")
_CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NO_TOKEN_CHARACTER = re.compile(r"[^\x21-\x7e]|[\"'`]")
_SOCKS = ("socks5", "socks5h")
_PACKAGES = frozenset({"hf_xet", "httpcore", "httpcore2", "httpx", "httpx2", "huggingface_hub"})


def environment_fault() -> str | None:
    """Returns one line about the first variable whose value the hub's client cannot use; None if there is none."""
    return next(_faults(os.environ), None)


def client_variables() -> list[str]:
    """Lists the names of the variables that are set and that the hub's client or its network libraries read."""
    return _set_variables(r"HF_.*|HUGGING_?FACE.*|SSL.*|.*_PROXY")


def address_variables() -> list[str]:
    """Lists the names of the variables that are set and that decide by which way the hub is reached."""
    return _set_variables(r"HF_ENDPOINT|(HTTPS?|ALL)_PROXY")


def _set_variables(pattern: str) -> list[str]:
    wanted = re.compile(pattern, re.IGNORECASE)
    return sorted(name for name, value in os.environ.items() if value and wanted.fullmatch(name))


def offline_variable() -> str:
    """Returns the name of the variable that has switched the hub off: the client's own, or that of transformers."""
    own, other = "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"
    return other if os.environ.get(other) and not os.environ.get(own) else own


def is_from_client(error: BaseException) -> bool:
    """Returns whether the error was raised inside the hub's client or its network libraries."""
    trace = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _PACKAGES:
            return True
        trace = trace.tb_next
    return False


def _faults(environment: Mapping[str, str]) -> Iterator[str]:
    yield from _token_faults(environment)
    for name in _TIMEOUT_VARIABLES:
        value = environment.get(name)
        if value is not None and not re.fullmatch(r"\s*\d+\s*", value):
            yield f"{name}: {value!r} is no whole number of seconds; correct or unset it"
    for name in _CERTIFICATE_VARIABLES:
        value = environment.get(name)
        if value and not Path(value).exists():
            yield f"{name}: {value} does not exist; correct or unset it"
    endpoint = environment.get("HF_ENDPOINT")
    if endpoint and not _is_address(endpoint, ("http", "https")):
        yield f"HF_ENDPOINT: {endpoint!r} is no address such as https://huggingface.co; correct or unset it"
    yield from _proxy_faults(environment)


def _token_faults(environment: Mapping[str, str]) -> Iterator[str]:
    for name in _TOKEN_VARIABLES:
        token = environment.get(name, "").strip()
        if token:
            yield from _character_faults(name, token)
            return
    path, name = _token_file(environment)
    try:
        content = path.read_bytes().decode()
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        yield f"{path}: holds no token; log in anew with `hf auth login`{_given_by(name)}"
    except OSError as error:
        yield f"{path}: the token cannot be read ({error.strerror}); set HF_TOKEN{_given_by(name)}"
    else:
        yield from _character_faults(str(path), content.strip())


def _given_by(variable: str) -> str:
    return f", or correct {variable}" if variable else ""


def _token_file(environment: Mapping[str, str]) -> tuple[Path, str]:
    """Returns the file that holds the token, and the variable that names the file's place; "" if none does."""
    if value := environment.get("HF_TOKEN_PATH"):
        return Path(value).expanduser(), "HF_TOKEN_PATH"
    if value := environment.get("HF_HOME"):
        return Path(value).expanduser() / "token", "HF_HOME"
    if value := environment.get("XDG_CACHE_HOME"):
        return Path(value).expanduser() / "huggingface" / "token", "XDG_CACHE_HOME"
    return Path("~/.cache/huggingface/token").expanduser(), ""


def _character_faults(name: str, token: str) -> Iterator[str]:
    # The client removes line ends, which come in with a token that is pasted. The message must not show the token.
    found = _NO_TOKEN_CHARACTER.search(re.sub(r"[\r\n]", "", token))
    if found:
        yield f"{name}: has the character {found[0]!r}, which is in no token; set it anew, without quotation marks"


def _proxy_faults(environment: Mapping[str, str]) -> Iterator[str]:
    from urllib.request import getproxies_environment  # noqa: PLC0415 - takes 20 ms, in every worker process too

    proxies = getproxies_environment()
    for kind in ("http", "https", "all"):
        value = proxies.get(kind)
        if not value:
            continue
        name = next(
            (key for key in (f"{kind}_proxy", f"{kind}_proxy".upper()) if environment.get(key)), f"{kind}_proxy"
        )
        address = value if "://" in value else f"http://{value}"
        if not _is_address(address, ("http", "https", *_SOCKS)):
            yield f"{name}: is no address such as http://proxy:8080; correct or unset it"
        elif address.startswith(_SOCKS) and find_spec("socksio") is None:
            remedy = f"install it with `pip install socksio`, or unset {name}"
            yield f"{name}: a SOCKS proxy needs the package socksio; {remedy}"


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, or brackets that do not close
        return False
