"""Manifest: the progress of one language, `{out}/.prepare/{lang}/manifest.json`, and the part files beside it.

Invariants:
1. A part is in the manifest only after it is whole on the disk, so a file that the manifest does not name is
   a leftover.
2. The parts, in order, are the kept rows of the source from its first row to the last part's `end`, none
   twice, none missing: validation parts first. A resumed run reads from `end` on.
3. A part whose size or checksum differs from the record is dropped with all after it; the rows are read again.
4. `done` is set when the final files are under their names; the parts are removed only after that.
"""

import json
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

FORMAT = 1
NAME = "manifest.json"
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Part:
    """A part file, and the consecutive rows of the source that it holds.

    Attributes:
        name: File name.
        split: Split of its rows.
        content: Rows, bytes of text, size and checksum of the file.
        end: Position behind its last row.
        left_out: Reason -> rows that were left out.
        markers: Rows that begin with repository markers.
    """

    name: str
    split: Split
    content: SealedFile
    end: Position
    left_out: Mapping[str, int]
    markers: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Progress of one language.

    Attributes:
        options: `PrepareOptions.content_options()` of the call that began it.
        version: Pinned version of the source.
        screened: Reason -> files, or folders, that the source left out before any row was read.
        parts: Parts in order.
        exhausted: Whether the source has no row after the last part.
        done: Split -> its final file; empty until both are whole.
    """

    options: Mapping[str, object]
    version: str
    screened: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    exhausted: bool = False
    done: Mapping[Split, SealedFile] = field(default_factory=dict)

    def with_part(self, part: Part) -> "Manifest":
        """This manifest with one more part."""
        return replace(self, parts=(*self.parts, part))

    def rows(self, split: Split) -> int:
        """Rows in the parts of a split."""
        return sum(part.content.rows for part in self.parts if part.split == split)

    def text_bytes(self, split: Split) -> int:
        """Bytes of text in the parts of a split."""
        return sum(part.content.text_bytes for part in self.parts if part.split == split)

    def all_left_out(self) -> dict[str, int]:
        """Reason -> rows left out while reading, and files or folders left out before."""
        counts = Counter(self.screened)
        for part in self.parts:
            counts.update(part.left_out)
        return dict(counts)

    @property
    def is_empty(self) -> bool:
        """Whether no row is in a part or a final file, so that nothing would be lost with it."""
        return not self.done and not any(part.content.rows for part in self.parts)

    def markers(self) -> int:
        """Rows that begin with repository markers."""
        return sum(part.markers for part in self.parts)

    def save(self, folder: Path) -> None:
        """Replaces the manifest of `folder` by this one."""
        with replacing(folder / NAME) as file:
            file.write(json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode())


def load(folder: Path) -> Manifest | None:
    """Reads the manifest of `folder`; returns None where there is none.

    Raises:
        PrepareError: It is damaged, or of another format.
    """
    path = folder / NAME
    try:
        fields = json.loads(path.read_bytes())
        return _read(fields)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
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
    """Drops parts that differ from the record (invariant 3), and leftovers (invariant 1); returns the new manifest.

    The leading whole parts stay. Of a manifest that is done all parts go, since its rows are in the final files.
    """
    if manifest.done:
        _sweep(folder, keep=set())
        return manifest
    whole = tuple(takewhile(lambda part: is_unchanged(folder / part.name, part.content), manifest.parts))
    if len(whole) < len(manifest.parts):
        manifest = replace(manifest, parts=whole, exhausted=False)
        manifest.save(folder)
    _sweep(folder, keep={part.name for part in manifest.parts})
    return manifest


def discard(folder: Path) -> None:
    """Removes manifest and parts; the manifest first, so that it never names a part that is gone."""
    (folder / NAME).unlink(missing_ok=True)
    _sweep(folder, keep=set())


def is_unchanged(path: Path, content: SealedFile) -> bool:
    """Whether the file has the size and the checksum recorded."""
    return path.is_file() and path.stat().st_size == content.size and sha256_of(path) == content.sha256


def _sweep(folder: Path, keep: set[str]) -> None:
    for path in sorted(folder.iterdir()):
        if path.name not in keep | {NAME, LOCK}:
            path.unlink()
