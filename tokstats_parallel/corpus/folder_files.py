"""Files of a folder: chooses the files that hold a language's training rows, and counts the files that are left out.

The folder and all folders in it are searched. Of the files with one of the wanted endings, these are read, sorted by
name, folder by folder:

1. the files of the split `train`, if there are any;
2. else the files of no split, if there are any;
3. else all.

The split of a file is stated by a word in its name, or else in the name of the nearest folder, as the hub's data sets
have it (`train-00000-of-00001.parquet`, `data/test/0.parquet`); `SPLIT_WORDS` has the words. A name that begins with
`.` or `_` is hidden: by convention, it belongs to other programs.

Names are paths from the folder with `/` between their parts, so the same rule serves folders on other machines.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tokstats_parallel.errors import printable
from tokstats_parallel.system.wording import counted, listed

PARQUET_ENDS = (".parquet", ".pq")
TRAIN = "train"
SPLIT_WORDS = {
    TRAIN: ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""Split -> the words that state it in the name of a file or folder; they are those of the library `datasets`."""

COMPRESSED = "compressed; unpack it"
HIDDEN = "hidden"
NO_SPLIT = f"not of split {TRAIN!r}"
OTHER_KIND = "another kind of file"

COMPRESSED_ENDS = (".gz", ".bz2", ".xz", ".zst", ".zstd", ".lz4", ".lzma", ".br", ".7z", ".zip", ".tgz")
# Files that hold no rows, so nobody misses them.
_NO_ROWS = ("*.md", "*.rst", "*.lock", "*.crc", "license*", "*dataset_info*.json", "dataset_dict.json", "state.json")
_SPLIT_OF = {word: split for split, words in SPLIT_WORDS.items() for word in words}
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ChosenFiles:
    """Files of a folder that hold a language's rows.

    Attributes:
        names: Names of the files that are read, in the order of the rows.
        left_out: Reason -> names of the files that are left out for it.
        other_splits: Splits whose files are read, because no file is of the split `train` or of none.
    """

    names: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    other_splits: tuple[str, ...] = ()

    @property
    def loses_rows(self) -> bool:
        """Tells whether a file is left out for another reason than its split, so that its rows may be missed."""
        return not self.left_out.keys().isdisjoint({COMPRESSED, HIDDEN, OTHER_KIND})

    def notice(self) -> str:
        """Returns a text that counts and names what is left out; empty if the rows are all files of the folder."""
        number = sum(map(len, self.left_out.values()))
        reasons = (f"{_listed(names)}: {reason}" for reason, names in self.left_out.items())
        left_out = [f"left out: {counted(number, 'file')} ({'; '.join(reasons)})"] if number else []
        if self.other_splits:
            left_out.append(f"no file is of split {TRAIN!r}, so split {' and '.join(self.other_splits)} is read")
        return "; ".join(left_out)


def choose_files(names: Iterable[str], ends: Sequence[str] = PARQUET_ENDS) -> ChosenFiles:
    """Chooses the files that are read, out of all files of a folder.

    Args:
        names: Names of all files in the folder and below it.
        ends: Endings of the files that can be read, in lower case, each with its dot.
    """
    left_out: defaultdict[str, list[str]] = defaultdict(list)
    by_split: defaultdict[str | None, list[str]] = defaultdict(list)
    for name in sorted(names, key=_parts):
        reason = _why_unread(name, ends)
        if reason is None:
            by_split[split_of(name, ends)].append(name)
        elif reason:
            left_out[reason].append(name)
    if not by_split.keys() & {TRAIN, None}:
        chosen = sorted((name for files in by_split.values() for name in files), key=_parts)
        return ChosenFiles(tuple(chosen), _frozen(left_out), tuple(filter(None, sorted(by_split, key=str))))
    chosen = by_split.pop(TRAIN if TRAIN in by_split else None)
    for split, others in by_split.items():
        left_out[f"of split {split!r}" if split else NO_SPLIT] += others
    return ChosenFiles(tuple(chosen), _frozen(left_out))


def split_of(name: str, ends: Sequence[str] = PARQUET_ENDS) -> str | None:
    """Returns the split that the name of a file, or else of the nearest folder, states; None if none states one."""
    lowered = name.lower()
    end = next((end for end in ends if lowered.endswith(end)), "")
    for part in reversed(lowered.removesuffix(end).split("/")):
        for word in re.split(r"[\W\d_]+", part):
            if word in _SPLIT_OF:
                return _SPLIT_OF[word]
    return None


def list_names(folder: Path) -> Iterator[str]:
    """Yields the name of every file in a folder and below it; links to folders are followed, but in no circle.

    Raises:
        OSError: A folder cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    for root, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        status = Path(root).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        inside = Path(root).relative_to(folder)
        # An empty folder in the place of a file is a file that is missing: to read it fails, and so names it.
        if not folders and not files and inside.suffix:
            yield inside.as_posix()
        yield from ((inside / file).as_posix() for file in files)


def _why_unread(name: str, ends: Sequence[str]) -> str | None:
    """Returns the reason why a file is not read; None if it is read, and "" if it holds no rows at all."""
    lowered = name.lower()
    base = lowered.rpartition("/")[2]
    unpacked = next((lowered.removesuffix(end) for end in COMPRESSED_ENDS if lowered.endswith(end)), lowered)
    is_wanted = lowered.endswith(tuple(ends))
    if any(part.startswith((".", "_")) for part in lowered.split("/")):
        return HIDDEN if is_wanted or unpacked.endswith(tuple(ends)) else ""
    if is_wanted:
        return None
    if unpacked != lowered:
        return COMPRESSED
    return "" if any(fnmatchcase(base, pattern) for pattern in _NO_ROWS) else OTHER_KIND


def _parts(name: str) -> list[str]:
    return name.split("/")


def _frozen(left_out: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {reason: tuple(names) for reason, names in left_out.items()}


def _listed(names: Sequence[str]) -> str:
    return listed([printable(name) for name in names], _NAMES_SHOWN)


def _raise(error: OSError) -> None:
    raise error
