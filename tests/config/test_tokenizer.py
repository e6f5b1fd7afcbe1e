"""Reference tokenizers; the hub is a server on this machine, or switched off, so no test needs a network."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.paths import ROOT

from tokstats_parallel.config import pretrained
from tokstats_parallel.config.tokenizer import REMEDY, Reference, load_reference
from tokstats_parallel.errors import ConfigError, TokstatsError

DEMO = ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer"
DEMO_TOKENS = (("<unk>", 0), ("<s>", 1), ("</s>", 2))
END = "<end>"
COMMIT = "a" * 40
TOKENIZER = (DEMO / "tokenizer.json").read_text()
CUSTOM_CLASS = '{"tokenizer_class": "OurTokenizer", "auto_map": {"AutoTokenizer": ["ours.OurTokenizer", null]}}'


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def load(
    name: str | None,
    *,
    folder: Path = ROOT,
    revision: str | None = None,
    special_tokens: str | None = None,
    eos_token: str | None = None,
) -> Reference:
    return load_reference(name, revision, special_tokens=special_tokens, eos_token=eos_token, config_folder=folder)


def write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def refused(name: str | None, **options: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_reference(
            name,
            options.get("revision"),
            special_tokens=options.get("special_tokens"),
            eos_token=options.get("eos_token"),
            config_folder=ROOT,
        )
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_local_folder_needs_no_hub_and_no_revision() -> None:
    assert load(str(DEMO), revision="refs/pr/8") == Reference("</s>", DEMO_TOKENS)


def test_a_folder_is_looked_up_from_the_config_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reference = load("../tokstats_parallel/assets/demo-tokenizer", folder=ROOT / "configs")
    assert reference.special_tokens == DEMO_TOKENS


def test_typed_tokens_are_taken_without_any_tokenizer() -> None:
    reference = load(None, special_tokens="<unk>, <s>,</s>,<s>", eos_token=END)
    assert reference == Reference(END, (("<unk>", None), ("<s>", None), ("</s>", None)))


def test_typed_tokens_do_not_import_transformers() -> None:
    program = (
        "import sys; from pathlib import Path; from tokstats_parallel.config.tokenizer import load_reference\n"
        "load_reference('x', None, special_tokens='<s>', eos_token='</s>', config_folder=Path())\n"
        "assert not {'transformers', 'huggingface_hub'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_typed_half_takes_the_place_of_the_tokenizers() -> None:
    assert load(str(DEMO), special_tokens="<pad>") == Reference("</s>", (("<pad>", None),))
    assert load(str(DEMO), eos_token=END) == Reference(END, DEMO_TOKENS)


def test_special_tokens_come_once_each_in_the_order_of_their_ids(tmp_path: Path) -> None:
    config = json.loads((DEMO / "tokenizer_config.json").read_text())
    config |= {"pad_token": "</s>", "unk_token": None, "extra_special_tokens": ["the", "<s>", "<new>"]}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "tokenizer.json").write_bytes((DEMO / "tokenizer.json").read_bytes())
    tokens = load(str(tmp_path)).special_tokens
    assert [token for token, _ in tokens] == ["<s>", "</s>", "the", "<new>"]
    assert [number for _, number in tokens][:2] == [1, 2]
    assert tokens[-1] == ("<new>", 768)


def test_a_tokenizer_without_eos(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    (tmp_path / "tokenizer.json").write_bytes((DEMO / "tokenizer.json").read_bytes())
    assert load(str(tmp_path)) == Reference(None, ())


@pytest.mark.parametrize("typed", ["", ",", "<s>,,</s>", "<s>, "])
def test_an_empty_special_token(typed: str) -> None:
    assert refused("x", special_tokens=typed) == (
        f"--special-tokens {typed!r}: a token is empty; "
        'separate the tokens by single commas, for example "<unk>,<s>,</s>"'
    )


def test_an_empty_eos_token_is_none() -> None:
    assert load(None, special_tokens="<s>", eos_token="") == Reference(None, (("<s>", None),))
    assert load(str(DEMO), eos_token="") == Reference(None, DEMO_TOKENS)


def test_no_tokenizer_is_named() -> None:
    assert refused(None) == f"tokenizer_name is missing, and model_name_or_path too; {REMEDY}"


@pytest.mark.parametrize("name", [None, "../no/such/folder", "nobody/nothing"])
def test_one_typed_option_names_the_other(name: str | None) -> None:
    elsewhere = "; name a local folder that holds it, set HF_HOME to a cache that has it, or pass "
    without_eos = '--eos-token "</s>" beside --special-tokens, so that none is loaded'
    assert refused(name, special_tokens="<s>").endswith(elsewhere + without_eos)
    without_special = '--special-tokens "<unk>,<s>,</s>" beside --eos-token, so that none is loaded'
    for eos in ("</s>", ""):
        assert refused(name, eos_token=eos).endswith(elsewhere + without_special)


def test_not_cached_and_offline() -> None:
    assert refused("nobody/nothing-of-this-name", revision="refs/pr/8") == (
        "reference tokenizer ('nobody/nothing-of-this-name', revision refs/pr/8) cannot be loaded: "
        "it is not in the cache and the hub is switched off by HF_HUB_OFFLINE; "
        "name a local folder that holds it, set HF_HOME to a cache that has it, "
        'or pass --special-tokens "<unk>,<s>,</s>" --eos-token "</s>"'
    )


def test_neither_a_folder_nor_a_name_of_the_hub() -> None:
    assert refused("../no/such/folder") == (
        "reference tokenizer ('../no/such/folder', revision main) cannot be loaded: "
        f"it is neither a folder here or beside the config, nor a name on the hub; {REMEDY}"
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "it is empty"),
        (
            {"config.json": '{"model_type": "llama"}', "model.safetensors": "weights"},
            "it has neither tokenizer.json nor another vocabulary, only config.json, model.safetensors",
        ),
        (
            {"tokenizer.json": "{", "tokenizer_config.json": "{}"},
            "tokenizer.json is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))",
        ),
        (
            {"tokenizer.json": TOKENIZER, "tokenizer_config.json": CUSTOM_CLASS},
            "its class is code in its repository, which this program does not run",
        ),
        (
            {"tokenizer.json": '{"model": {}, "added_tokens": []}'},
            "Exception: ",
        ),  # of another library, whole and in one line
    ],
    ids=["empty", "only a model", "broken", "code", "no tokenizer"],
)
def test_a_folder_without_a_tokenizer(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    write(tmp_path, files)
    message = refused(str(tmp_path))
    assert message.startswith(f"reference tokenizer (folder {tmp_path}) cannot be loaded: {reason}")
    assert message.endswith(f"; {REMEDY}")


def test_a_file_in_the_place_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tok", {"tokenizer.json": TOKENIZER})
    for name in ("tok/tokenizer.json", str(tmp_path / "tok" / "tokenizer.json")):
        assert "cannot be loaded: it is a file: name its folder; " in refused(name)


def test_a_folder_with_tokenizer_json_alone(tmp_path: Path) -> None:
    write(tmp_path, {"tokenizer.json": TOKENIZER})
    assert load(str(tmp_path)) == Reference(None, ())


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes a cache of the hub that has the repository `us/cached`, and returns the folder of its files."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--us--cached" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    write(tmp_path / "models--us--cached" / "refs", {"main": COMMIT})
    return folder


@pytest.mark.parametrize("config", [{}, {"config.json": '{"model_type": "llama"}'}])
def test_a_cached_tokenizer_needs_no_config_of_a_model(snapshot: Path, config: dict[str, str]) -> None:
    write(snapshot, {path.name: path.read_text() for path in DEMO.iterdir()} | config)
    assert load("us/cached") == Reference("</s>", DEMO_TOKENS)
    assert load("us/cached", revision=COMMIT) == Reference("</s>", DEMO_TOKENS)


CACHED: dict[str, tuple[dict[str, str], str]] = {
    "vocabulary alone": (
        {"tokenizer.json": TOKENIZER},
        "it has no tokenizer_config.json, which names the special tokens",
    ),
    "vocabulary and model": (
        {"tokenizer.json": TOKENIZER, "config.json": '{"model_type": "foo"}'},
        "it has no tokenizer_config.json, which names the special tokens",
    ),
    "config alone": (
        {"tokenizer_config.json": "{}"},
        "it has neither tokenizer.json nor another vocabulary, only tokenizer_config.json",
    ),
    "code": (
        {"tokenizer.json": TOKENIZER, "tokenizer_config.json": CUSTOM_CLASS},
        "it cannot be loaded (its class is code in its repository, which this program does not run)",
    ),
}


@pytest.mark.parametrize("case", CACHED)
def test_the_cache_has_a_part_of_it(snapshot: Path, case: str) -> None:
    files, flaw = CACHED[case]
    write(snapshot, files)
    assert refused("us/cached") == (
        "reference tokenizer ('us/cached', revision main) cannot be loaded: "
        f"the cache has it in {snapshot}, but {flaw}, and the hub is switched off by HF_HUB_OFFLINE; {REMEDY}"
    )


def test_a_repository_without_a_tokenizer_config(snapshot: Path) -> None:
    """The cache notes that the hub has no such file, so nothing is missing."""
    write(snapshot, {"tokenizer.json": TOKENIZER})
    write(snapshot.parents[1] / ".no_exist" / COMMIT, {"tokenizer_config.json": ""})
    assert load("us/cached") == Reference(None, ())


def test_a_failure_of_the_machine_asks_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of the config."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "x")

    monkeypatch.setattr(pretrained, "_pretrained", fail)
    monkeypatch.setattr(pretrained, "cached_folder", lambda *_: DEMO)
    for name in ("some/name", str(DEMO)):
        with pytest.raises(TokstatsError) as caught:
            load_reference(name, None, special_tokens=None, eos_token=None, config_folder=ROOT)
        assert caught.value.exit_code == 1
        assert "raise `ulimit -n` (open files) and run the same command again" in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"special_tokens": "<s>,\udcff", "eos_token": "</s>"},
        {"special_tokens": "<s>", "eos_token": "\udcff"},
        {"special_tokens": None, "eos_token": "\ud800"},
    ],
)
def test_a_typed_token_that_is_not_utf8(options: dict[str, str | None]) -> None:
    with pytest.raises(ConfigError, match="is not UTF-8, as every text is; give it in UTF-8"):
        load_reference(str(DEMO), None, **options, config_folder=ROOT)


def test_a_folder_whose_name_is_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    shutil.copytree(DEMO, folder)
    message = refused(str(folder))
    assert message.startswith(f"reference tokenizer (folder {tmp_path}/caf\\xe9) cannot be loaded: ")
    assert "its path is not UTF-8" in message


def test_a_pipe_in_the_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokenizer_config.json")
    assert f"(folder {tmp_path}) cannot be loaded: tokenizer_config.json is a pipe, not a file; " in refused(
        str(tmp_path)
    )


def test_a_hub_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(pretrained, "HUB_SECONDS", 0.1)
    monkeypatch.setattr(pretrained, "_ask_hub", lambda *_: released.wait())
    try:
        assert "it is not in the cache and the hub does not answer" in refused("nobody/nothing")
    finally:
        released.set()


class Hub(BaseHTTPRequestHandler):
    """Hub with the demo tokenizer as `us/demo`, a gated repository, and no other."""

    def do_GET(self) -> None:
        if "/us/gated" in self.path:
            self._answer(HTTPStatus.FORBIDDEN, b"", {"X-Error-Code": "GatedRepo"})
        elif self.path.startswith("/api/models/us/demo/tree/"):
            files = [{"type": "file", "path": path.name, "size": 1, "oid": "0"} for path in DEMO.iterdir()]
            self._answer(HTTPStatus.OK, json.dumps(files).encode(), {})
        elif self.path.startswith("/api/models/us/demo"):
            self._answer(HTTPStatus.OK, b'{"id": "us/demo"}', {})
        elif self.path.startswith("/us/demo/resolve/") and (DEMO / self.path.rpartition("/")[2]).is_file():
            data = (DEMO / self.path.rpartition("/")[2]).read_bytes()
            self._answer(HTTPStatus.OK, data, {"X-Repo-Commit": "a" * 40, "ETag": f'"{len(data)}"'})
        elif self.path.startswith("/us/demo/resolve/"):
            headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": "a" * 40}
            self._answer(HTTPStatus.NOT_FOUND, b"", headers)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server asks for

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps the requests out of the tests' output."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


PROGRAM = """
import sys
from pathlib import Path
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.config.tokenizer import load_reference
try:
    print(load_reference(sys.argv[1], "main", special_tokens=None, eos_token=None, config_folder=Path()))
except ConfigError as error:
    print(error)
"""


def ask(hub: str, home: Path, name: str, **variables: str) -> str:
    """Returns the output of loading in a fresh process: the hub's settings are read once, at its import."""
    proxies = {"http_proxy", "https_proxy", "all_proxy"}
    kept = {key: value for key, value in os.environ.items() if key.lower() not in proxies}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        env=kept
        | {"HF_ENDPOINT": hub, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
        | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


def test_from_the_hub_and_then_from_its_cache_with_nothing_on_stderr(hub: str, tmp_path: Path) -> None:
    expected = f"{Reference('</s>', DEMO_TOKENS)}\n"
    assert ask(hub, tmp_path, "us/demo") == expected
    assert ask("http://127.0.0.1:9", tmp_path, "us/demo") == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("us/gated", "the repository is gated: accept its terms on the hub and log in with `hf auth login`"),
        ("us/other", "the hub has no such repository, or it is private"),
    ],
)
def test_what_the_hub_refuses(hub: str, tmp_path: Path, name: str, reason: str) -> None:
    assert ask(hub, tmp_path, name) == (
        f"reference tokenizer ('{name}', revision main) cannot be loaded: {reason}; {REMEDY}\n"
    )


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("HF_TOKEN", "“hf_x”", "has the character '“', which is in no token: set it anew, without quotation marks"),
        ("HF_ENDPOINT", "hub", "'hub' is no address such as https://huggingface.co: correct or unset it"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "ten", "'ten' is no whole number of seconds: correct or unset it"),
    ],
)
def test_a_variable_that_the_client_cannot_use_is_named(
    hub: str, tmp_path: Path, variable: str, value: str, reason: str
) -> None:
    assert ask(hub, tmp_path, "us/demo", **{variable: value}) == (
        f"reference tokenizer ('us/demo', revision main) cannot be loaded: {variable}: {reason}; {REMEDY}\n"
    )


def test_a_hub_out_of_reach_is_given_up_in_seconds(tmp_path: Path) -> None:
    start = time.monotonic()
    assert "it is not in the cache and the hub cannot be reached; " in ask("http://127.0.0.1:9", tmp_path, "us/demo")
    assert time.monotonic() - start < 20  # the hub's own retries take 46 s; the rest is import on a busy machine


def test_the_demo_tokenizer_is_what_its_generator_makes(tmp_path: Path) -> None:
    generator = ROOT / "scripts" / "make_demo_tokenizer.py"
    subprocess.run([sys.executable, str(generator), str(tmp_path)], check=True, capture_output=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert json.loads((tmp_path / name).read_text()) == json.loads((DEMO / name).read_text())
