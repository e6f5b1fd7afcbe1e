"""Files and folders that a walk leaves out, counted by language, so that nothing is missed without a word."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tokstats_parallel.prepare.options import WORK_FOLDER
from tokstats_parallel.system.wording import counted, listed

NO_SOURCE_FOLDERS = frozenset({WORK_FOLDER, ".bzr", ".git", ".hg", ".mypy_cache", ".svn", "__pycache__"})
_FOLDERS_SHOWN = 10


class LeftOut:
    """Record of what walks leave out.

    Attributes:
        ignored: Language -> number of files that a `.gitignore` ignores.
        linked: Language -> number of symbolic links to files.
        linked_folders: Symbolic links to folders.
        skipped: Skipped folder of third-party code -> language -> number of files in it.
        bad_rules: Lines for the user about patterns in a `.gitignore` that cannot be used.
    """

    def __init__(self, language_of: Callable[[str], str | None], roots: Sequence[Path] = ()) -> None:
        """Makes an empty record.

        Args:
            language_of: Returns the language of a file by the file's name, or None.
            roots: Folders that are walked; files below a root are never counted as left out above it.
        """
        self.ignored: Counter[str] = Counter()
        self.linked: Counter[str] = Counter()
        self.linked_folders: list[Path] = []
        self.skipped: dict[Path, Counter[str]] = {}
        self.bad_rules: list[str] = []
        self._language_of = language_of
        self._roots = {str(root) for root in roots}

    def ignore_file(self, name: str) -> None:
        """Counts a file that is ignored."""
        self.ignored[self._language_of(name) or ""] += 1

    def ignore_folder(self, path: str) -> None:
        """Counts the files in a folder that is ignored as a whole, unless the folder is walked as a root of its own."""
        if path not in self._roots:
            self.ignored += self._languages_below(path)

    def skip_folder(self, path: str) -> None:
        """Counts the files in a folder of third-party code, unless the folder is walked as a root of its own."""
        if path not in self._roots:
            self.skipped[Path(path)] = self._languages_below(path)

    def pass_link(self, entry: os.DirEntry[str]) -> None:
        """Counts a symbolic link; a link to a folder is kept by its path, a link to nothing is not counted.

        A link in a circle, or to what this user may not look at, leads to nothing here.
        """
        # The entry's own methods raise the errors of such a link, and these return False.
        if os.path.isdir(entry.path):  # noqa: PTH112
            self.linked_folders.append(Path(entry.path))
        elif os.path.isfile(entry.path):  # noqa: PTH113
            self.linked[self._language_of(entry.name) or ""] += 1

    def in_skipped(self, language: str) -> dict[Path, int]:
        """Returns skipped folder -> number of files of the language in it, the largest number first."""
        numbers = {path: found[language] for path, found in self.skipped.items() if found[language]}
        return dict(sorted(numbers.items(), key=lambda item: -item[1]))

    def notices(self, languages: Sequence[str]) -> Iterator[str]:
        """Yields lines for the user: skipped folders that hold files of the languages, links and bad patterns."""
        yield from self.bad_rules
        for language in languages:
            folders = self.in_skipped(language)
            if folders:
                files = counted(sum(folders.values()), f"{language} file")
                named = _numbered(folders)
                yield f"{language}: {files} in skipped folders ({named}); name a folder with --from-dir to read it"
        if self.linked_folders:
            named = listed([str(path) for path in self.linked_folders], _FOLDERS_SHOWN)
            yield f"links to folders are not followed ({named}); name a folder with --from-dir to read it"

    def explain(self, language: str) -> list[str]:
        """Lists what was left out of a language, as texts for the message that no file of it was found."""
        folders = self.in_skipped(language)
        texts = []
        if self.ignored[language]:
            texts.append(f"{self.ignored[language]:,} ignored by .gitignore")
        if self.linked[language]:
            texts.append(f"{counted(self.linked[language], 'symbolic link')}")
        if folders:
            texts.append(f"{sum(folders.values()):,} in skipped folders, see --from-dir: {_numbered(folders)}")
        return texts

    def _languages_below(self, folder: str) -> Counter[str]:
        return Counter(self._language_of(name) or "" for name in self._names_below(folder))

    def _names_below(self, folder: str) -> Iterator[str]:
        """Yields the names of the files below a folder; a folder that cannot be read counts as empty."""
        pending = [folder]
        while pending:
            try:
                entries = list(os.scandir(pending.pop()))
            except OSError:
                continue
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    yield entry.name
                elif entry.is_dir(follow_symlinks=False) and entry.name not in NO_SOURCE_FOLDERS:
                    pending += [entry.path] if entry.path not in self._roots else []


def _numbered(folders: Mapping[Path, int]) -> str:
    return listed([f"{path} {number:,}" for path, number in folders.items()], _FOLDERS_SHOWN)
