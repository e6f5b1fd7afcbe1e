"""Folders of source files: one row a file.

One walk before the first row makes the list of files: languages by file name, over-long files left out, and of files
with the same content only the first kept. So a row depends on the list alone, and reading can begin anywhere.

Cost: the walk holds a path, a size and a time for each file; files of equal size are read once more, to
compare them.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.sources.languages_table import PROSE, LanguageTable
from tokstats_parallel.prepare.sources.list_files import SourceFile, walk
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import screen

BLOCK_FILES = 256
CHUNK_BYTES = 4 << 20
DUPLICATE = "duplicate"
IGNORED = "ignored by .gitignore"
OVER_LONG = "over-long"
SKIPPED = "skipped folder"


class FolderSource:
    """Files of one language; a block is `BLOCK_FILES` files, a row is a file."""

    def __init__(self, name: str, language: str, files: Sequence[SourceFile], left_out: Mapping[str, int]) -> None:
        """Takes the name of the folders, for messages, and the chosen files in reading order."""
        self.files = (name,)
        self.left_out = dict(left_out)
        self.version = _fingerprint(files)
        self._source_files = files
        self._prose = language in PROSE

    def blocks(self, file: str) -> int:
        """Number of blocks in all, since there is one list of files."""
        del file
        return -(-len(self._source_files) // BLOCK_FILES)

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields the files of one block, in chunks of about `CHUNK_BYTES`."""
        del file
        texts: list[str | None] = []
        reasons: dict[int, str] = {}
        size = 0
        for source_file in self._source_files[block * BLOCK_FILES : (block + 1) * BLOCK_FILES]:
            text, reason = screen(self._content(source_file.path), name=source_file.path.name, prose=self._prose)
            if reason is not None:
                reasons[len(texts)] = reason
            texts.append(text)
            size += source_file.size
            if size >= CHUNK_BYTES:
                yield SourceRows(pa.array(texts, pa.large_string()), reasons)
                texts, reasons, size = [], {}, 0
        if texts:
            yield SourceRows(pa.array(texts, pa.large_string()), reasons)

    @staticmethod
    def _content(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error


def open_folders(
    roots: Sequence[Path], languages: Sequence[str], *, mapping: Mapping[str, str], max_file_bytes: int
) -> dict[str, FolderSource]:
    """Walks `roots` once, and opens a source for each language.

    Raises:
        PrepareError: A root is not a folder, or a language has no file; the message lists the languages found.
    """
    table = LanguageTable(mapping)
    ignored: Counter[str] = Counter()
    skipped: set[Path] = set()
    by_language: defaultdict[str, list[SourceFile]] = defaultdict(list)
    for root in roots:
        files = walk(root, ignored=lambda name: ignored.update([table.language_of(name) or ""]), skipped=skipped.add)
        for file in files:
            by_language[table.language_of(file.path.name) or ""].append(file)
    # A folder that is skipped below one root may be a root itself, and is read then.
    folders = len(skipped - set(roots))
    name = ", ".join(str(root) for root in roots)
    sources = {}
    for language in languages:
        before = {SKIPPED: folders, IGNORED: ignored[language]}
        chosen, left_out = _choose(_files_of(language, by_language, name, folders), max_file_bytes)
        counts = {reason: count for reason, count in (before | left_out).items() if count}
        sources[language] = FolderSource(name, language, chosen, counts)
    return sources


def _files_of(language: str, by_language: Mapping[str, list[SourceFile]], name: str, skipped: int) -> list[SourceFile]:
    if language in by_language:
        return by_language[language]
    counts = sorted(((len(files), other) for other, files in by_language.items() if other), reverse=True)
    others = ", ".join(f"{other} {count}" for count, other in counts[:8]) or "none of a known language"
    others += f"; {SKIPPED} {skipped}, see --from-dir" if skipped else ""
    raise PrepareError(f"{name}: no {language} file (files found: {others}); see --map for other file names")


def _choose(files: Sequence[SourceFile], max_file_bytes: int) -> tuple[list[SourceFile], dict[str, int]]:
    """Returns the files to read, and reason -> number of files left out."""
    short = [file for file in files if file.size <= max_file_bytes]
    chosen = _first_of_each_content(short)
    return chosen, {OVER_LONG: len(files) - len(short), DUPLICATE: len(short) - len(chosen)}


def _first_of_each_content(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Leaves out exact duplicates; only files of equal size are read."""
    of_size = Counter(file.size for file in files)
    seen: set[bytes] = set()
    chosen = []
    for file in files:
        if of_size[file.size] > 1:
            digest = _digest(file.path)
            if digest in seen:
                continue
            seen.add(digest)
        chosen.append(file)
    return chosen


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> PrepareError:
    return PrepareError(f"{path}: cannot be read ({error.strerror}); allow it or remove it, then use --restart")


def _fingerprint(files: Sequence[SourceFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(os.fsencode(file.path) + f"\0{file.size}\0{file.changed_ns}\n".encode())
    return digest.hexdigest()
