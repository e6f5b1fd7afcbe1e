"""Saved datasets: the files of a folder that `datasets.save_to_disk` has written, without the library `datasets`.

A saved `Dataset` has a file `state.json`, which lists the data files in the order of the rows. A saved `DatasetDict`
has a file `dataset_dict.json`, which lists the splits, each a folder with a saved `Dataset`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.corpus.folder_files import PARQUET_ENDS, TRAIN, ChosenFiles
from tokstats_parallel.errors import CorpusError, advice, reason
from tokstats_parallel.system.file_kinds import head_of, kind_of
from tokstats_parallel.system.regular_file import require_regular_file

DICT_FILE = "dataset_dict.json"
STATE_FILE = "state.json"
_ROW_ENDS = (".arrow", *PARQUET_ENDS)
_SCRATCH = ("cache-", "tmp")  # beginnings of the names of files that `datasets` writes for itself


@dataclass(frozen=True, slots=True)
class SavedDataset:
    """Files of a saved dataset.

    Attributes:
        data_files: Paths of the files that hold rows, in the order of the rows.
        index_files: Paths of the JSON files that list the data files.
        left_out: Text that names what is left out; empty if nothing is.
    """

    data_files: tuple[Path, ...]
    index_files: tuple[Path, ...]
    left_out: str


def is_saved(folder: Path) -> bool:
    """Tells whether a folder holds a saved `Dataset` or `DatasetDict`.

    Raises:
        OSError: The folder cannot be read.
    """
    return any((folder / name).is_file() for name in (DICT_FILE, STATE_FILE))


def open_saved(folder: Path) -> SavedDataset:
    """Lists the files of a saved `Dataset`, or of the split `train` of a saved `DatasetDict`.

    Raises:
        CorpusError: There is no split `train`, or a list of files cannot be used.
    """
    listing = folder / DICT_FILE
    if not listing.is_file():
        return _open_dataset(folder, folder.name)
    splits = _read_json(listing, f"{folder.name}/{DICT_FILE}").get("splits")
    if not isinstance(splits, list) or TRAIN not in splits:
        found = ", ".join(map(str, splits)) if isinstance(splits, list) else "none"
        raise CorpusError(
            f"{folder.name}/{DICT_FILE}: no split {TRAIN!r} (found: {found}); save the rows under that name"
        )
    train = _open_dataset(folder / TRAIN, f"{folder.name}/{TRAIN}")
    others = ", ".join(repr(str(split)) for split in splits if split != TRAIN)
    notices = [f"only split {TRAIN!r} is read, not {others}"] if others else []
    notices += [train.left_out] if train.left_out else []
    return SavedDataset(train.data_files, (listing, *train.index_files), "; ".join(notices))


def _open_dataset(folder: Path, label: str) -> SavedDataset:
    state_file = folder / STATE_FILE
    label = f"{label}/{STATE_FILE}"
    state = _read_json(state_file, label)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise CorpusError(
            f"{label}: the rows are chosen by an indices file, which is not read; "
            "save the dataset again after flatten_indices()"
        )
    try:
        # A name may be an absolute path, as in `datasets`.
        files = tuple(folder / shard["filename"] for shard in state["_data_files"])
    except (KeyError, TypeError) as error:
        raise CorpusError(f"{label}: does not list its _data_files; save the dataset again") from error
    return SavedDataset(files, (state_file,), _unlisted(folder, files))


def _unlisted(folder: Path, listed: Iterable[Path]) -> str:
    """Returns a text that names the files beside the listed ones that hold rows, too; empty if there are none."""
    names = {path.name for path in listed}
    others = sorted(
        file.name
        for file in folder.iterdir()
        if file.name.endswith(_ROW_ENDS) and file.name not in names and not file.name.startswith(_SCRATCH)
    )
    return ChosenFiles((), {f"not in {STATE_FILE}": tuple(others)}).notice()


def _read_json(file: Path, label: str) -> dict[str, Any]:
    try:
        require_regular_file(file)
        content = json.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise CorpusError(f"{label}: cannot be read (nested too deeply); save the dataset again") from error
    except (OSError, ValueError) as error:
        kind = None if isinstance(error, OSError) else kind_of(head_of(file))
        if kind:
            raise CorpusError(f"{label}: is {kind.name}, not JSON; {kind.remedy}") from error
        raise CorpusError(
            f"{label}: cannot be read ({reason(error)}); {advice(error, 'save the dataset again')}"
        ) from error
    if not isinstance(content, dict):
        raise CorpusError(f"{label}: is not a JSON object; save the dataset again")
    return content
