"""Sources of folders with source files: each file is a row.

The list of files is made before the first row is read: each file has a language by its name, files that are too large
are left out, and of files with equal content only the first one is kept. So a row depends on the list alone, and
reading can begin at any file.

Cost: the list holds a path, a size and a time for each file. Files of equal size are read one time more, to compare
their contents.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.corpus.languages_table import PROSE, LanguageTable
from tokstats_parallel.errors import PrepareError, advice
from tokstats_parallel.prepare.download_retry import say_nothing
from tokstats_parallel.prepare.sources.left_out import LeftOut
from tokstats_parallel.prepare.sources.list_files import SourceFile, walk
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import OVER_LONG, screen
from tokstats_parallel.system.near_names import did_you_mean

BLOCK_FILES = 256
CHUNK_BYTES = 4 << 20
DUPLICATE = "duplicate"
IGNORED = "ignored by .gitignore"
LINKED = "symbolic link"
SKIPPED = "in skipped folders"


class FolderSource:
    """Source of the files of one language: each file is a row, and `BLOCK_FILES` consecutive files are a block."""

    def __init__(self, name: str, language: str, files: Sequence[SourceFile], left_out: Mapping[str, int]) -> None:
        """Makes the source of the language `language`.

        Args:
            name: Name of the folders, for messages.
            language: Name of the language.
            files: Files that are rows, in reading order.
            left_out: Reason -> number of files that were left out.
        """
        self.files = (name,)
        self.left_out = dict(left_out)
        self.version = _fingerprint(files)
        self._source_files = files
        self._prose = language in PROSE

    def blocks(self, file: str) -> int:
        """Returns the number of blocks in the list of all source files, because `files` is one name for all of them."""
        del file
        return -(-len(self._source_files) // BLOCK_FILES)

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields the files of one block as rows, in chunks of about `CHUNK_BYTES` bytes."""
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
    roots: Sequence[Path],
    languages: Sequence[str],
    *,
    mapping: Mapping[str, str],
    max_file_bytes: int,
    note: Callable[[str], None] = say_nothing,
) -> dict[str, FolderSource]:
    """Lists the files below `roots` once, and opens a source for each language.

    Args:
        roots: Folders of source files.
        languages: Languages to open.
        mapping: Extension or file name -> language; has precedence over the built-in table.
        max_file_bytes: Maximum size of a file, in bytes; larger files are left out.
        note: Called with each line for the user.

    Raises:
        PrepareError: A root is not a folder, or a language has no file; the message lists the languages of the files.
    """
    table = LanguageTable(mapping)
    left_out = LeftOut(table.language_of, roots)
    by_language: defaultdict[str, list[SourceFile]] = defaultdict(list)
    for root in roots:
        for file in walk(root, left_out):
            by_language[table.language_of(file.path.name) or ""].append(file)
    for line in left_out.notices(languages):
        note(line)
    name = ", ".join(str(root) for root in roots)
    sources = {}
    for language in languages:
        if language not in by_language:
            raise PrepareError(f"{name}: {_no_file(language, by_language, left_out, table)}")
        chosen, counts = _choose(by_language[language], max_file_bytes)
        counts |= {
            SKIPPED: sum(left_out.in_skipped(language).values()),
            IGNORED: left_out.ignored[language],
            LINKED: left_out.linked[language],
        }
        present = {reason: count for reason, count in counts.items() if count}
        sources[language] = FolderSource(name, language, chosen, present)
    return sources


def _no_file(
    language: str, by_language: Mapping[str, Sequence[SourceFile]], left_out: LeftOut, table: LanguageTable
) -> str:
    """Returns the message that no file of a language was found, with what was found or left out instead."""
    found = sorted(((len(files), other) for other, files in by_language.items() if other), reverse=True)
    others = ", ".join(f"{other} {count}" for count, other in found[:8])
    reasons = left_out.explain(language)
    if others or not reasons:
        reasons.append(f"files found: {others or 'none of a known language'}")
    known = table.languages()
    hint = "see --map for other file names"
    if left_out.ignored[language]:
        hint = "change the .gitignore to have them read"
    elif language not in known:
        by_extension = table.language_of(f"x.{language}")
        hint = f"did you mean {by_extension}?" if by_extension else did_you_mean(language, known, otherwise=hint)
    return f"no {language} file ({'; '.join(reasons)}); {hint}"


def _choose(files: Sequence[SourceFile], max_file_bytes: int) -> tuple[list[SourceFile], dict[str, int]]:
    """Returns the files that become rows, and reason -> number of files left out."""
    short = [file for file in files if file.size <= max_file_bytes]
    chosen = _first_of_each_content(short)
    return chosen, {OVER_LONG: len(files) - len(short), DUPLICATE: len(short) - len(chosen)}


def _first_of_each_content(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Returns the files without later files of equal content; reads only files whose size is not unique."""
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
    return PrepareError(
        f"{path}: cannot be read ({error.strerror}); {advice(error, 'allow it or remove it, then use --restart')}"
    )


def _fingerprint(files: Sequence[SourceFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(os.fsencode(file.path) + f"\0{file.size}\0{file.changed_ns}\n".encode())
    return digest.hexdigest()
