"""Reference tokenizer: loads its eos token and its special tokens; sampling needs nothing else of it (SPEC 2).

It is loaded in the coordinator only, and not at all if the user typed the eos token and the special tokens. The
tokenizer of a batch takes the names of special tokens and the post-processor from it, too.
"""

import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tokstats_parallel.config.config_paths import find_file, find_folder
from tokstats_parallel.config.pretrained import cached_folder, from_folder, from_hub, quiet
from tokstats_parallel.config.tokenizer_files import TOKENIZER_CONFIG, flaw
from tokstats_parallel.errors import ConfigError, TokstatsError, machine_failure, not_readable_now
from tokstats_parallel.system.file_names import is_utf8
from tokstats_parallel.system.hub_environment import environment_fault, is_from_client, offline_variable
from tokstats_parallel.system.hub_errors import HubError, kinds_with_causes
from tokstats_parallel.system.regular_file import IrregularFileError

_ELSEWHERE = "name a local folder that holds it, set HF_HOME to a cache that has it"
_SPECIAL_TOKENS, _EOS_TOKEN = '--special-tokens "<unk>,<s>,</s>"', '--eos-token "</s>"'
REMEDY = f"{_ELSEWHERE}, or pass {_SPECIAL_TOKENS} {_EOS_TOKEN}"

_REASONS = {
    HubError.GATED: "the repository is gated: accept its terms on the hub and log in with `hf auth login`",
    HubError.NO_REPOSITORY: "the hub has no such repository, or it is private",
    HubError.NO_REVISION: "the hub has the repository, but not this revision",
    HubError.BAD_NAME: "it is neither a folder here or beside the config, nor a name on the hub",
}
_NO_ANSWER = {
    HubError.OFFLINE: "the hub is switched off by {offline}",
    HubError.UNREACHABLE: "the hub cannot be reached",
    HubError.TIMEOUT: "the hub does not answer",
}
_LONGEST_REASON = 300  # characters of a message of another library
_NAMES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")

_T = TypeVar("_T")


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


@dataclass(frozen=True, slots=True)
class Finish:
    """Parts that the tokenizer of a batch takes over from the reference tokenizer, besides the special tokens' ids.

    Attributes:
        names: Name, such as `eos` -> special token, for all names that the tokenizer gives to a token.
        post_processor: Post-processor, which adds special tokens to a text, in the JSON of `tokenizers`; None for none.
        has_backend: Whether the tokenizer is one of the library `tokenizers`; others have no post-processor to take.
    """

    names: Mapping[str, str]
    post_processor: str | None
    has_backend: bool


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
        TokstatsError: The machine fails to load it now.
    """
    for option, given in (("--special-tokens", special_tokens), ("--eos-token", eos_token)):
        if given is not None and not is_utf8(given):
            raise ConfigError(f"{option} {given!r}: is not UTF-8, as every text is; give it in UTF-8")
    typed = None if special_tokens is None else _parse_special_tokens(special_tokens)
    if typed is not None and eos_token is not None:
        return Reference(eos_token or None, typed)
    remedy = _remedy(special_tokens, eos_token)
    if name is None:
        raise ConfigError(f"tokenizer_name is missing, and model_name_or_path too; {remedy}")
    loaded = load_tokenizer(name, revision, config_folder, _reference, remedy=remedy)
    return Reference(
        loaded.eos_token if eos_token is None else eos_token or None,
        loaded.special_tokens if typed is None else typed,
    )


def load_finish(name: str, revision: str | None, *, config_folder: Path) -> Finish:
    """Loads what the tokenizer of a batch takes over from the tokenizer `name`; arguments are as for `load_reference`.

    Raises:
        ConfigError: The tokenizer cannot be loaded.
        TokstatsError: The machine fails to load it now.
    """
    return load_tokenizer(name, revision, config_folder, _finish, remedy=REMEDY)


def load_tokenizer(
    name: str,
    revision: str | None,
    config_folder: Path,
    read: Callable[[Any], _T],
    *,
    remedy: str,
    what: str = "reference tokenizer",
) -> _T:
    """Loads a tokenizer with `transformers`, and returns what `read` reads of it.

    Args:
        name: Folder, looked up in the working directory, then in `config_folder`; or else a name on the hub.
        revision: Branch, tag or commit on the hub; not used for a folder.
        config_folder: Folder of the config file.
        read: Reads the tokenizer of `transformers`.
        remedy: Advice for a tokenizer that cannot be loaded.
        what: Noun for the tokenizer in messages.

    Raises:
        ConfigError: The tokenizer cannot be loaded.
        TokstatsError: The machine fails to load it now.
    """
    folder = find_folder(name, config_folder)
    try:
        with quiet():
            return read(from_hub(name, revision) if folder is None else from_folder(folder))
    except TokstatsError:
        raise
    except Exception as error:  # transformers raises many types
        if failure := machine_failure(error):
            raise TokstatsError(not_readable_now(f"{what} {name!r}", failure)) from error
        if folder is not None:
            where, why = f"folder {folder}", _reason_of_folder(error, folder)
        else:
            where = f"{name!r}, revision {revision or 'main'}"
            is_file = find_file(name, config_folder) is not None
            why = "it is a file: name its folder" if is_file else _reason_of_hub(error, name, revision)
        raise ConfigError(f"{what} ({where}) cannot be loaded: {why}; {remedy}") from error


def _remedy(special_tokens: str | None, eos_token: str | None) -> str:
    """Returns the advice for a tokenizer that cannot be loaded; it names the option that is missing beside a given."""
    if special_tokens is not None:
        return f"{_ELSEWHERE}, or pass {_EOS_TOKEN} beside --special-tokens, so that none is loaded"
    if eos_token is not None:
        return f"{_ELSEWHERE}, or pass {_SPECIAL_TOKENS} beside --eos-token, so that none is loaded"
    return REMEDY


def _parse_special_tokens(special_tokens: str) -> tuple[tuple[str, None], ...]:
    tokens = [token.strip() for token in special_tokens.split(",")]
    if not all(tokens):
        raise ConfigError(
            f"--special-tokens {special_tokens!r}: a token is empty; "
            'separate the tokens by single commas, for example "<unk>,<s>,</s>"'
        )
    return tuple((token, None) for token in dict.fromkeys(tokens))


def _reference(tokenizer: Any) -> Reference:  # noqa: ANN401 - transformers has no types
    tokens = list(dict.fromkeys(filter(None, map(str, tokenizer.all_special_tokens))))
    ids = tokenizer.convert_tokens_to_ids(tokens)
    pairs = sorted(zip(ids, tokens, strict=True))
    return Reference(tokenizer.eos_token or None, tuple((token, token_id) for token_id, token in pairs))


def _finish(tokenizer: Any) -> Finish:  # noqa: ANN401 - as above
    named = ((name, getattr(tokenizer, f"{name}_token", None)) for name in _NAMES)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return Finish(
        names={name: str(token) for name, token in named if token},
        post_processor=backend and _post_processor(backend),
        has_backend=backend is not None,
    )


def _post_processor(backend: Any) -> str | None:  # noqa: ANN401 - as above
    from tokenizers import Tokenizer, models  # noqa: PLC0415 - loaded with transformers only

    empty = Tokenizer(models.BPE())  # its JSON is short, and a reference tokenizer's has megabytes
    if backend.post_processor is None:
        return None
    empty.post_processor = backend.post_processor
    return json.dumps(json.loads(empty.to_str())["post_processor"])


def _reason_of_folder(error: Exception, folder: Path) -> str:
    """Returns the reason why the tokenizer in a folder cannot be loaded, for a message."""
    if isinstance(error, IrregularFileError):
        return str(error)
    if not is_utf8(str(folder)):
        return "its path is not UTF-8, so transformers cannot open it"
    return flaw(folder) or _reason(error)


def _reason_of_hub(error: Exception, name: str, revision: str | None) -> str:
    """Returns the reason why a tokenizer of the hub cannot be loaded, for a message.

    It is a variable with which the client cannot work, or the reason for the first known kind among the error and its
    causes, or else the flaw of the files in the cache. If the hub did not answer, that flaw is named, too.
    """
    known = list(kinds_with_causes(error))
    if (HubError.UNREACHABLE in known or (is_from_client(error) and not known)) and (fault := _environment_fault()):
        return fault
    cached = cached_folder(name, revision)
    cached_flaw = _flaw_in_cache(cached) if cached else None
    for kind in known:
        if kind in _NO_ANSWER:
            there = f"the cache has it in {cached}, but {cached_flaw}," if cached_flaw else "it is not in the cache"
            return f"{there} and {_NO_ANSWER[kind].format(offline=offline_variable())}"
        if kind in _REASONS:
            return _REASONS[kind]
    return cached_flaw or _reason(error)


def _environment_fault() -> str | None:
    """Returns the first variable with which the hub's client cannot work, in words that another advice may follow."""
    fault = environment_fault()
    return fault and fault.replace("; ", ": ")


def _flaw_in_cache(folder: Path) -> str | None:
    """Returns the reason why a folder of the hub's cache is not loaded, in words about "it"; None if it could be."""
    if found := flaw(folder):
        return found
    if not (folder / TOKENIZER_CONFIG).exists():
        return f"it has no {TOKENIZER_CONFIG}, which names the special tokens"
    try:
        with quiet():
            from_folder(folder)
    except Exception as error:  # noqa: BLE001 - as above
        return f"it cannot be loaded ({_reason(error)})"
    return None


def _reason(error: Exception) -> str:
    """Returns the reason for an error of a library: its whole message in one line, which often goes over several."""
    if is_from_client(error) and (fault := _environment_fault()):
        return fault
    message = str(error)
    if "trust_remote_code" in message:
        return "its class is code in its repository, which this program does not run"
    return textwrap.shorten(f"{type(error).__name__}: {message}", _LONGEST_REASON, placeholder=" ...").rstrip(" :.")
