"""List of source files: all files below a folder that git would not ignore, in the same order on every file system.

Every `.gitignore` in the folder and below it is obeyed; a `.gitignore` above the folder is not. Folders of installed or
copied third-party code (`THIRD_PARTY_FOLDERS`), of version control, of caches, and the working folders of `prepare` are
skipped. Symbolic links are not followed, because they could lead to a file twice, or out of the folder. Files that the
user may miss (ignored, linked, or in folders of third-party code) are counted in a `LeftOut`.
"""

import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from tokstats_parallel.errors import PrepareError, advice
from tokstats_parallel.prepare.sources.left_out import NO_SOURCE_FOLDERS, LeftOut

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


def walk(root: Path, left_out: LeftOut) -> Iterator[SourceFile]:
    """Yields the source files below `root`: first the files of a folder, then of its subfolders, both sorted by name.

    Args:
        root: Folder of source files; it is read even if its name is one of a folder that is skipped.
        left_out: Receives the files and folders that are left out.

    Raises:
        PrepareError: `root` is not a folder, or a folder cannot be read.
    """
    if not root.is_dir():
        raise PrepareError(f"{root}: not a folder; give the folder that holds the source files")
    # Not a recursive function, because folders may be nested deeper than Python's calls.
    pending: list[tuple[str, tuple[_IgnoreRules, ...]]] = [(str(root), ())]
    while pending:
        folder, rules = pending.pop()
        entries = _entries(folder)
        rules += _own_rules(folder, entries, left_out)
        yield from _files(entries, rules, left_out)
        inner = _folders(entries, rules, left_out)
        pending += [(path, rules) for path in reversed(inner)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise PrepareError(
            f"{folder}: cannot be read ({error.strerror}); {advice(error, 'allow it, or ignore it')}"
        ) from error


def _files(entries: list[os.DirEntry[str]], rules: tuple[_IgnoreRules, ...], left_out: LeftOut) -> Iterator[SourceFile]:
    """Yields the files of one folder that are not ignored."""
    for entry in entries:
        if entry.is_symlink():
            if not _is_ignored(entry, rules):
                left_out.pass_link(entry)
        elif entry.is_file(follow_symlinks=False):
            if _is_ignored(entry, rules):
                left_out.ignore_file(entry.name)
            else:
                status = entry.stat(follow_symlinks=False)
                yield SourceFile(Path(entry.path), status.st_size, status.st_mtime_ns)


def _folders(entries: list[os.DirEntry[str]], rules: tuple[_IgnoreRules, ...], left_out: LeftOut) -> list[str]:
    """Returns the paths of the subfolders of one folder that are walked."""
    inner = []
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False) or entry.name in NO_SOURCE_FOLDERS:
            continue
        if entry.name in THIRD_PARTY_FOLDERS:
            left_out.skip_folder(entry.path)
        elif _is_ignored(entry, rules):
            left_out.ignore_folder(entry.path)
        else:
            inner.append(entry.path)
    return inner


def _own_rules(folder: str, entries: list[os.DirEntry[str]], left_out: LeftOut) -> tuple[_IgnoreRules, ...]:
    for entry in entries:
        if entry.name == ".gitignore" and os.path.isfile(entry.path):  # noqa: PTH113 - False for links in a circle
            # A name that is not UTF-8 is spelled with surrogates, as the system's names are.
            text = Path(entry.path).read_bytes().decode("utf-8-sig", errors="surrogateescape")
            lines = [line.removesuffix("\r") for line in text.split("\n")]
            return (_IgnoreRules(folder, _spec(entry.path, lines, left_out)),)
    return ()


def _spec(path: str, lines: list[str], left_out: LeftOut) -> GitIgnoreSpec:
    """Returns the rules of a `.gitignore`, without the lines that are no pattern; git passes these over, too."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # about brackets inside brackets
        try:
            return GitIgnoreSpec.from_lines(lines)
        except (ValueError, re.error):
            return GitIgnoreSpec.from_lines(list(_patterns(path, lines, left_out)))


def _patterns(path: str, lines: list[str], left_out: LeftOut) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            GitIgnoreSpec.from_lines([line])
        except (ValueError, re.error):
            left_out.bad_rules.append(f"{path}: line {number} is no pattern, so it ignores nothing")
        else:
            yield line


def _is_ignored(entry: os.DirEntry[str], rules: tuple[_IgnoreRules, ...]) -> bool:
    """Returns whether a `.gitignore` ignores the entry; the deepest `.gitignore` with a matching rule decides."""
    is_folder = entry.is_dir(follow_symlinks=False)
    for rule in reversed(rules):
        verdict = rule.verdict(entry.path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False
