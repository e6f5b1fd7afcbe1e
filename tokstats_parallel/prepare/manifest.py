"""Manifest: records the progress of one language in `{out}/.prepare/{lang}/manifest.json`, beside the part files.

Invariants:
1. A part is added to the manifest only after the part file is whole on the disk. So a file that the manifest does not
   name, but could have made, is left from a killed run. A file with another name is of somebody else, and stays.
2. The parts, one after the other, hold all kept rows of the source from its first row to the last part's `end`, each
   row once; the validation parts are the first ones. A resumed run reads from the last part's `end` on.
3. A part file whose size or checksum differs from the manifest is removed, with all later parts, and their rows are
   read again.
4. `done` is set when the final files have their names; the parts are removed only after that.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.options import Split
from tokstats_parallel.prepare.sources.rows import Position
from tokstats_parallel.prepare.writer import SealedFile, replacing, sha256_of
from tokstats_parallel.system.regular_file import IrregularFileError, require_regular_file

FORMAT = 1
NAME = "manifest.json"
LOCK = "lock"

_PART = r"(train|valid)-\d{6,}\.arrow"
# Earlier versions named temporary files without the program's name.
_REMOVABLE = re.compile(rf"{_PART}|\.({_PART}|{re.escape(NAME)})(\.tokstats)?\.tmp")


@dataclass(frozen=True, slots=True)
class Part:
    """A part file, and the consecutive rows of the source that it holds.

    Attributes:
        name: Name of the part file.
        split: Split whose limit the rows count against; the final files may give them to the training if the source
            ends early.
        content: Number of rows, bytes of text, size and checksum of the part file.
        end: Position in the source behind the last row of the part.
        left_out: Reason -> number of rows left out between the first and the last row of the part.
        markers: Number of rows that began with repository markers.
    """

    name: str
    split: Split
    content: SealedFile
    end: Position
    left_out: Mapping[str, int]
    markers: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Progress of one language: the source, and the files made from it.

    Attributes:
        options: `PrepareOptions.content_options()` of the call that began the language.
        version: Pinned version of the source (see `RowSource`).
        screened: Reason -> number of files or folders that the source left out before any row was read.
        parts: Part files, in the order of their rows in the source.
        exhausted: Whether the source has no row after the last part.
        done: Split -> content of the final file; empty until all final files are whole.
    """

    options: Mapping[str, object]
    version: str
    screened: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    exhausted: bool = False
    done: Mapping[Split, SealedFile] = field(default_factory=dict)

    def with_part(self, part: Part) -> "Manifest":
        """Returns a copy of the manifest with one more part."""
        return replace(self, parts=(*self.parts, part))

    def rows(self, split: Split) -> int:
        """Returns the number of rows in all parts of a split."""
        return sum(part.content.rows for part in self.parts if part.split == split)

    def text_bytes(self, split: Split) -> int:
        """Returns the bytes of text in all parts of a split."""
        return sum(part.content.text_bytes for part in self.parts if part.split == split)

    def all_left_out(self) -> dict[str, int]:
        """Returns reason -> number of left-out rows, or of files or folders left out before any row was read."""
        counts = Counter(self.screened)
        for part in self.parts:
            counts.update(part.left_out)
        return dict(counts)

    @property
    def is_empty(self) -> bool:
        """Returns True if no part and no final file holds a row, so that no row is lost if the manifest is replaced."""
        return not self.done and not any(part.content.rows for part in self.parts)

    def markers(self) -> int:
        """Returns the number of rows that began with repository markers."""
        return sum(part.markers for part in self.parts)

    def save(self, folder: Path) -> None:
        """Writes the manifest file of `folder`, in place of an earlier one."""
        with replacing(folder / NAME) as file:
            file.write(json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode())


def load(folder: Path) -> Manifest | None:
    """Reads the manifest of `folder`; returns None if there is no manifest file.

    Raises:
        PrepareError: The manifest file is damaged, or has another format.
    """
    path = folder / NAME
    try:
        require_regular_file(path)
        fields = json.loads(path.read_bytes())
        return _read(fields)
    except FileNotFoundError:
        return None
    except IrregularFileError as error:
        raise PrepareError(f"{path}: {error}; remove it") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PrepareError(f"{path}: not a manifest of this version; run again with --restart") from error


def _read(fields: dict[str, Any]) -> Manifest:
    if fields["format"] != FORMAT:
        raise ValueError(fields["format"])
    parts = [
        Part(**{**part, "content": SealedFile(**part["content"]), "end": Position(**part["end"])})
        for part in fields["parts"]
    ]
    done: dict[Split, SealedFile] = {split: SealedFile(**sealed) for split, sealed in fields["done"].items()}
    return Manifest(fields["options"], fields["version"], fields["screened"], tuple(parts), fields["exhausted"], done)


def repair(manifest: Manifest, folder: Path) -> Manifest:
    """Removes damaged parts (invariant 3) and files left by killed runs (invariant 1); returns the new manifest.

    Only the parts before the first damaged one stay. If the language is done, all parts are removed, because their rows
    are in the final files.
    """
    if manifest.done:
        _remove_others(folder, keep=set())
        return manifest
    whole = tuple(takewhile(lambda part: is_unchanged(folder / part.name, part.content), manifest.parts))
    if len(whole) < len(manifest.parts):
        manifest = replace(manifest, parts=whole, exhausted=False)
        manifest.save(folder)
    _remove_others(folder, keep={part.name for part in manifest.parts})
    return manifest


def discard(folder: Path) -> None:
    """Removes the manifest and all parts of `folder`; the manifest first, so that it never names a removed part."""
    (folder / NAME).unlink(missing_ok=True)
    _remove_others(folder, keep=set())


def is_unchanged(path: Path, content: SealedFile) -> bool:
    """Returns whether the file still has the size and the checksum of `content`."""
    return path.is_file() and path.stat().st_size == content.size and sha256_of(path) == content.sha256


def _remove_others(folder: Path, keep: set[str]) -> None:
    for path in sorted(folder.iterdir()):
        if path.name not in keep and _REMOVABLE.fullmatch(path.name):
            path.unlink()
