"""Folder of a batch's tokenizer, from which `AutoTokenizer.from_pretrained` loads it.

The files are written beside whatever the folder holds. Only files of an earlier batch are replaced, which are known by
the `batch.json` beside them. It is the first file to get its name, and `tokenizer.json` the last.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
from tokstats_parallel.errors import OutputError, advice, reason
from tokstats_parallel.system.atomic import replacing_all
from tokstats_parallel.system.file_lock import locked_file

FORMAT = 1
BATCH, CONFIG, TEXTS, TOKENIZER = "batch.json", "tokenizer_config.json", "texts.jsonl", "tokenizer.json"
_LOCK = ".batch.lock"
_OTHER_FOLDER = "choose another folder with -o"
_KEYS = {"format", "batch", "language", "draw", "config_digest"}
_BATCH_BYTES = 1 << 20


def check_folder(folder: Path) -> None:
    """Checks that a folder can get the files of a tokenizer; it need not exist.

    Raises:
        OutputError: It is no folder, or it holds files that would be replaced and that are not of an earlier batch.
    """
    with _explained(folder):
        if not folder.is_dir():
            for path in (folder, *folder.parents):
                if path.exists() or path.is_symlink():
                    if not path.is_dir():
                        raise OutputError(f"{path}: is not a folder; {_OTHER_FOLDER}")
                    return
            return
        foreign = [name for name in (BATCH, CONFIG, TEXTS, TOKENIZER) if (folder / name).exists()]
        if foreign and not _is_own(folder / BATCH):
            raise OutputError(
                f"{folder / foreign[0]}: was not written by this command, so it is not replaced; move it away, or "
                f"{_OTHER_FOLDER}"
            )


def write_folder(batch: BatchTokenizer, folder: Path, *, with_texts: bool) -> list[Path]:
    """Writes the files of a batch's tokenizer to a folder, which is made if it does not exist.

    Args:
        batch: Tokenizer to write.
        folder: Folder for the files.
        with_texts: Whether to write the texts of the batch, too; if not, those of an earlier batch are removed.

    Returns:
        The paths of the files.

    Raises:
        OutputError: The folder cannot be used (see `check_folder`), or a file cannot be written.
    """
    contents = {
        BATCH: _indented(_described(batch)),
        CONFIG: _indented(batch.config()),
        **({TEXTS: "".join(_text_lines(batch))} if with_texts else {}),
        TOKENIZER: batch.tokenizer.to_str(pretty=True) + "\n",
    }
    paths = [folder / name for name in contents]
    with _explained(folder):
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with locked_file(folder / _LOCK, on_wait=lambda: None), replacing_all(paths) as temporaries:
            check_folder(folder)  # again, since another process may have written there
            for temporary, content in zip(temporaries, contents.values(), strict=True):
                temporary.write_bytes(content.encode())
            if not with_texts:
                (folder / TEXTS).unlink(missing_ok=True)  # of an earlier batch
    return paths


def _is_own(path: Path) -> bool:
    """Tells by its keys whether a file is the `batch.json` of an earlier batch."""
    with suppress(ValueError, RecursionError):
        if path.is_file() and path.stat().st_size <= _BATCH_BYTES:
            content = json.loads(path.read_bytes())
            return isinstance(content, dict) and content.keys() >= _KEYS
    return False


def _described(batch: BatchTokenizer) -> dict[str, object]:
    return {"format": FORMAT, **batch.facts(), **batch.origin}


def _text_lines(batch: BatchTokenizer) -> Iterator[str]:
    for language, text in batch.texts:
        yield json.dumps({"text": text, "language": language}, ensure_ascii=False) + "\n"


def _indented(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError about the file, or about the folder if the error names none."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise OutputError(
            f"{place}: cannot be written ({reason(error)}); " + advice(error, f"see to that, or {_OTHER_FOLDER}")
        ) from error
