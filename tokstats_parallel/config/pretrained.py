"""Pretrained tokenizer: loads a tokenizer with `transformers` from a folder, or from the hub and its cache.

To import `transformers` takes a second and 65 MB. Only this module imports it and `huggingface_hub`, when a function is
called. Their errors are passed on as they are.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tokstats_parallel.config.tokenizer_files import SUFFIXES, TOKENIZER_CONFIG
from tokstats_parallel.errors import machine_failure
from tokstats_parallel.system.regular_file import IrregularFileError, irregular_kind
from tokstats_parallel.system.threads import in_daemon_thread

# Deadline of one request that is made before transformers loads a tokenizer, because huggingface_hub repeats a failed
# request for 23 s and transformers makes two. The deadline includes name resolution: it has no time-out of its own and
# may block for half a minute.
HUB_SECONDS = 6.0


def from_folder(folder: Path) -> Any:  # noqa: ANN401 - transformers has no types
    """Loads the tokenizer whose files are in a folder."""
    for file in sorted(folder.iterdir()):
        if file.suffix in SUFFIXES and (kind := irregular_kind(file)):
            raise IrregularFileError(f"{file.name} is {kind}, not a file")
    return _pretrained(str(folder), local_files_only=True)


def from_hub(name: str, revision: str | None) -> Any:  # noqa: ANN401 - as above
    """Loads the tokenizer of a repository on the hub, without a request if the cache has all of it.

    The files in the cache are loaded as a folder, because by its name transformers would ask for the model's config,
    too, which a tokenizer does not need.
    """
    folder = cached_folder(name, revision)
    if folder is not None:
        try:
            tokenizer = from_folder(folder)
            if tokenizer.eos_token is not None or _has_config(name, revision):
                return tokenizer
        except Exception as error:  # incomplete, for which transformers raises many types
            if machine_failure(error):
                raise
    _within(HUB_SECONDS, lambda: _ask_hub(name, revision))
    return _pretrained(name, revision=revision)


def cached_folder(name: str, revision: str | None) -> Path | None:
    """Returns the folder of the hub's cache that has files of a repository; None if there is none."""
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - as slow as transformers

        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (OSError, ValueError) as error:
        if machine_failure(error):
            raise
        return None  # not in the cache, no name of a repository, or a variable that the client cannot use


def _has_config(name: str, revision: str | None) -> bool:
    """Returns whether the cache has the tokenizer's config, or is known to have no such file to load.

    A cache without it may hold no more than the vocabulary, as some programs download it. The special tokens would then
    be missing, without an error.
    """
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - as above

    return try_to_load_from_cache(name, TOKENIZER_CONFIG, revision=revision) is not None


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
    from huggingface_hub import HfApi  # noqa: PLC0415 - as above

    HfApi().model_info(name, revision=revision, timeout=HUB_SECONDS)


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Calls `call` and raises its exception; after `seconds`, raises TimeoutError and ignores the call's outcome."""
    in_daemon_thread(call).result(timeout=seconds)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps notices and progress bars of transformers off stderr; its errors are exceptions and stay visible."""
    with ExitStack() as restored:
        restored.callback(logging.disable, logging.root.manager.disable)
        logging.disable()
        from huggingface_hub.utils.tqdm import (  # noqa: PLC0415 - as above
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )

        if not are_progress_bars_disabled():
            restored.callback(enable_progress_bars)
            disable_progress_bars()
        yield
