"""List of source files: all files below a folder that git would not ignore, in the same order on every file system.

Every `.gitignore` in the folder and below it is obeyed; a `.gitignore` above the folder is not. Folders of installed or
copied third-party code (`THIRD_PARTY_FOLDERS`), of version control, of caches, and the working folders of `prepare` are
skipped. Only the folders of third-party code are reported, because only they hold source files that the user may miss.
Symbolic links are not followed, because they could lead to a file twice, or out of the folder.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.options import WORK_FOLDER

_NO_SOURCE_FOLDERS = frozenset({WORK_FOLDER, ".bzr", ".git", ".hg", ".mypy_cache", ".svn", "__pycache__"})
THIRD_PARTY_FOLDERS = frozenset(
    {
        ".nox",
        ".tox",
        ".venv",
        "_vendor",
        "bower_components",
        "node_modules",
        "site-packages",
        "third_party",
        "thirdparty",
        "vendor",
        "venv",
    }
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Regular file below a folder of source files.

    Attributes:
        path: Path of the file.
        size: Size of the file, in bytes.
        changed_ns: Time of the last change to the content, in nanoseconds since 1970.
    """

    path: Path
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class _IgnoreRules:
    """Rules of one `.gitignore` file, which hold for all paths below the folder of the file."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Returns whether the rules ignore the path; None if no rule matches the path."""
        relative = path[len(self.folder) + 1 :].replace(os.sep, "/") + ("/" if is_folder else "")
        return self.spec.check_file(relative).include


def walk(root: Path, *, ignored: Callable[[str], None], skipped: Callable[[Path], None]) -> Iterator[SourceFile]:
    """Yields the source files below `root`: first the files of a folder, then of its subfolders, both sorted by name.

    Args:
        root: Folder of source files; it is read even if its name is one of a folder that is skipped.
        ignored: Called with the name of each file that a `.gitignore` ignores.
        skipped: Called with the path of each skipped folder of third-party code.

    Raises:
        PrepareError: `root` is not a folder, or a folder cannot be read.
    """
    if not root.is_dir():
        raise PrepareError(f"{root}: not a folder; give the folder that holds the source files")
    yield from _walk(str(root), (), ignored, skipped)


def _walk(
    folder: str, rules: tuple[_IgnoreRules, ...], ignored: Callable[[str], None], skipped: Callable[[Path], None]
) -> Iterator[SourceFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise PrepareError(f"{folder}: cannot be read ({error.strerror}); allow it, or ignore it") from error
    rules += _own_rules(folder, entries)
    folders = []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry)
        elif entry.is_file(follow_symlinks=False):
            if _is_ignored(entry, rules):
                ignored(entry.name)
            else:
                status = entry.stat(follow_symlinks=False)
                yield SourceFile(Path(entry.path), status.st_size, status.st_mtime_ns)
    for entry in folders:
        if entry.name in THIRD_PARTY_FOLDERS:
            skipped(Path(entry.path))
        elif entry.name not in _NO_SOURCE_FOLDERS and not _is_ignored(entry, rules):
            yield from _walk(entry.path, rules, ignored, skipped)


def _own_rules(folder: str, entries: list[os.DirEntry[str]]) -> tuple[_IgnoreRules, ...]:
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file():
            lines = Path(entry.path).read_text(encoding="utf-8", errors="replace").splitlines()
            return (_IgnoreRules(folder, GitIgnoreSpec.from_lines(lines)),)
    return ()


def _is_ignored(entry: os.DirEntry[str], rules: tuple[_IgnoreRules, ...]) -> bool:
    """Returns whether a `.gitignore` ignores the entry; the deepest `.gitignore` with a matching rule decides."""
    is_folder = entry.is_dir(follow_symlinks=False)
    for rule in reversed(rules):
        verdict = rule.verdict(entry.path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False
