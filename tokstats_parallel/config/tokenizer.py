"""Reference tokenizer: loads its eos token and its special tokens; sampling needs nothing else of it (SPEC 2).

To import `transformers` takes a second and 65 MB. Only this module imports it, once, in the coordinator, and not at all
if the user typed the eos token and the special tokens.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.config.config_paths import find_folder
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.system.hub_errors import HubError, kinds_with_causes
from tokstats_parallel.system.regular_file import IrregularFileError, irregular_kind
from tokstats_parallel.system.threads import in_daemon_thread

REMEDY = (
    "name a local folder that holds it, set HF_HOME to a cache that has it, "
    'or pass --special-tokens "<unk>,<s>,</s>" --eos-token "</s>"'
)

_FILE_SUFFIXES = {".json", ".jinja", ".model", ".tiktoken", ".txt"}  # of the files that a tokenizer's folder may have

# Deadline of one request that is made before transformers loads a tokenizer, because huggingface_hub repeats a failed
# request for 23 s and transformers makes two. The deadline includes name resolution: it has no time-out of its own and
# may block for half a minute.
HUB_SECONDS = 6.0

_REASONS = {
    HubError.GATED: "the repository is gated: accept its terms on the hub and log in with `hf auth login`",
    HubError.NO_REPOSITORY: "the hub has no such repository, or it is private",
    HubError.NO_REVISION: "the hub has the repository, but not this revision",
    HubError.OFFLINE: "it is not in the cache and the hub is switched off by HF_HUB_OFFLINE",
    HubError.BAD_NAME: "it is neither a folder here or beside the config, nor a name on the hub",
    HubError.UNREACHABLE: "it is not in the cache and the hub cannot be reached",
    HubError.TIMEOUT: "it is not in the cache and the hub does not answer",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Eos token and special tokens, which texts and vocabularies take from the reference tokenizer.

    Attributes:
        eos_token: End-of-sequence token, which is put between packed rows; None if the tokenizer has none.
        special_tokens: Pairs (token, id), each token once. Tokens of the tokenizer are sorted by id. Typed tokens are
            in the given order and have the id None.
    """

    eos_token: str | None
    special_tokens: tuple[tuple[str, int | None], ...]


def load_reference(
    name: str | None,
    revision: str | None,
    *,
    special_tokens: str | None,
    eos_token: str | None,
    config_folder: Path,
) -> Reference:
    """Loads the eos token and special tokens of the tokenizer `name`; typed tokens are used instead of its own.

    Args:
        name: Folder, looked up in the working directory, then in `config_folder`; or else a name on the hub.
        revision: Branch, tag or commit on the hub; not used for a folder.
        special_tokens: Typed special tokens, separated by commas; None for the tokenizer's.
        eos_token: Typed eos token, empty for no eos token; None for the tokenizer's.
        config_folder: Folder of the config file.

    Raises:
        ConfigError: The tokenizer is needed and cannot be loaded, or a typed special token is empty.
    """
    typed = None if special_tokens is None else _parse_special_tokens(special_tokens)
    if typed is not None and eos_token is not None:
        return Reference(eos_token or None, typed)
    if name is None:
        raise ConfigError(f"tokenizer_name is missing, and model_name_or_path too; {REMEDY}")
    loaded = _load(name, revision, find_folder(name, config_folder))
    return Reference(
        loaded.eos_token if eos_token is None else eos_token or None,
        loaded.special_tokens if typed is None else typed,
    )


def _parse_special_tokens(special_tokens: str) -> tuple[tuple[str, None], ...]:
    tokens = [token.strip() for token in special_tokens.split(",")]
    if not all(tokens):
        raise ConfigError(
            f"--special-tokens {special_tokens!r}: a token is empty; "
            'separate the tokens by single commas, for example "<unk>,<s>,</s>"'
        )
    return tuple((token, None) for token in dict.fromkeys(tokens))


def _load(name: str, revision: str | None, folder: Path | None) -> Reference:
    try:
        with _quiet():
            tokenizer = _from_hub(name, revision) if folder is None else _from_folder(folder)
            return _reference(tokenizer)
    except Exception as error:  # transformers raises many types; the remedy is the same for all
        where = f"folder {folder}" if folder is not None else f"{name!r}, revision {revision or 'main'}"
        raise ConfigError(f"reference tokenizer ({where}) cannot be loaded: {_reason(error)}; {REMEDY}") from error


def _from_folder(folder: Path) -> Any:  # noqa: ANN401 - transformers has no types
    for file in sorted(folder.iterdir()):
        if file.suffix in _FILE_SUFFIXES and (kind := irregular_kind(file)):
            raise IrregularFileError(f"{file.name} is {kind}, not a file")
    return _pretrained(str(folder), local_files_only=True)


def _from_hub(name: str, revision: str | None) -> Any:  # noqa: ANN401 - transformers has no types
    try:
        return _pretrained(name, revision=revision, local_files_only=True)
    except Exception:  # noqa: BLE001 - missing or incomplete in the cache, for which transformers raises many types
        _within(HUB_SECONDS, lambda: _ask_hub(name, revision))
        return _pretrained(name, revision=revision)


def _pretrained(name: str, *, revision: str | None = None, local_files_only: bool = False) -> Any:  # noqa: ANN401 - as above
    from transformers import AutoTokenizer  # noqa: PLC0415 - a second and 65 MB, see above

    return AutoTokenizer.from_pretrained(
        name,
        revision=revision or "main",
        local_files_only=local_files_only,
        trust_remote_code=False,  # the default asks on the terminal
    )


def _ask_hub(name: str, revision: str | None) -> None:
    """Raises the hub's error for a repository name and revision, if the hub reports an error."""
    from huggingface_hub import HfApi  # noqa: PLC0415 - as slow as transformers

    HfApi().model_info(name, revision=revision, timeout=HUB_SECONDS)


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Calls `call` and raises its exception; after `seconds`, raises TimeoutError and ignores the call's outcome."""
    in_daemon_thread(call).result(timeout=seconds)


def _reference(tokenizer: Any) -> Reference:  # noqa: ANN401 - transformers has no types
    tokens = list(dict.fromkeys(map(str, tokenizer.all_special_tokens)))
    ids = tokenizer.convert_tokens_to_ids(tokens)
    pairs = sorted(zip(ids, tokens, strict=True))
    return Reference(tokenizer.eos_token, tuple((token, token_id) for token_id, token in pairs))


def _reason(error: BaseException) -> str:
    """Returns the reason why the tokenizer cannot be loaded, for a message.

    It is the reason for the first known kind among the error and its causes, or else the first line of the error.
    """
    if isinstance(error, IrregularFileError):
        return str(error)
    for kind in kinds_with_causes(error):
        if kind in _REASONS:
            return _REASONS[kind]
    first_line = next(iter(str(error).splitlines()), "").rstrip(" :.")
    return f"{type(error).__name__}: {first_line}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps notices and progress bars of transformers off stderr; its errors are exceptions and stay visible."""
    with ExitStack() as restored:
        restored.callback(logging.disable, logging.root.manager.disable)
        logging.disable()
        from huggingface_hub.utils.tqdm import (  # noqa: PLC0415 - as slow as transformers
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )

        if not are_progress_bars_disabled():
            restored.callback(enable_progress_bars)
            disable_progress_bars()
        yield
