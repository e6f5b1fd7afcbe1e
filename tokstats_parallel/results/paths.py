"""Output paths: the paths of the files that a run writes, and checks of these paths before anything is computed."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tokstats_parallel.errors import OutputError, advice, reason
from tokstats_parallel.results.own_files import is_own_json, is_own_manifest, is_own_page, is_own_parquet
from tokstats_parallel.system.atomic import temporary_path
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.links import end_of_links, is_open_file, without_links
from tokstats_parallel.system.regular_file import irregular_kind

_ENDINGS = (".manifest.json", ".json", ".parquet")
_OTHER_FILE = "name another file with --output-file"
_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Absolute paths of the files and folders that a run writes to. A file whose path is a link is the link's target.

    Attributes:
        json: Path of the JSON file, token -> count.
        parquet: Path of the Parquet file, which also has the counts of every language.
        manifest: Path of the manifest, a JSON file about the run.
        work: Path of the work folder (see `run.work_folder`).
        guards: Paths of folders, besides `work`, whose locks a run holds while it writes the three files. Runs that
            write one of these files have a common folder, so that they cannot write at the same time.
    """

    json: Path
    parquet: Path
    manifest: Path
    work: Path
    guards: tuple[Path, ...]

    @classmethod
    def of(cls, output_file: Path, work_dir: Path | None = None) -> Self:
        """Derives all output paths from the JSON's path; follows links, and reads no file.

        The Parquet, the manifest and the work folder stand beside the target of a link to the JSON. So runs through
        different links to one target exclude each other.

        Args:
            output_file: Path of the JSON.
            work_dir: Path of the work folder; None for a folder beside the JSON.

        Raises:
            OutputError: The JSON's name ends with `.parquet`, or one of the paths names or leads to something else than
                a file.
        """
        if str(output_file) == "-":
            raise OutputError(f"-: a result is three files, which do not fit into stdout; {_OTHER_FILE}, and print it")
        path = output_target(output_file)
        if path.suffix == ".parquet":
            raise OutputError(f"{output_file}: the JSON needs another ending; the Parquet is written beside it")
        stem = path.with_suffix("") if path.suffix == ".json" else path
        parquet, manifest = (
            output_target(stem.with_name(stem.name + ending)) for ending in (".parquet", ".manifest.json")
        )
        work = work_dir.absolute() if work_dir else path.with_name(f"{path.name}.work")
        guards = sorted({_guard(file) for file in (path, parquet, manifest)})
        others = tuple(guard for guard in guards if without_links(guard) != without_links(work))
        return cls(path, parquet, manifest, work, others)

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """Paths of the three files of the result: JSON, Parquet, manifest."""
        return self.json, self.parquet, self.manifest

    def check_writable(self) -> None:
        """Checks that the result's files can be written; to try it, makes and removes a file in their folders.

        Raises:
            OutputError: A folder is missing or cannot be written, a path holds something else than a file of an earlier
                result, or the work folder would hold the result's files.
        """
        check_places(self.files)
        self.refuse_foreign_files()
        output = without_links(self.json)
        if without_links(self.work) in (output, *output.parents):
            raise OutputError(
                f"{self.work}: the work folder cannot hold the output; choose another place for one of both"
            )

    def refuse_foreign_files(self) -> None:
        """Checks that each file that would be replaced is one of an earlier result, or is empty.

        Raises:
            OutputError: A file is of another program, or cannot be read.
        """
        for path, is_own, kind in (
            (self.json, is_own_json, "JSON"),
            (self.parquet, is_own_parquet, "Parquet"),
            (self.manifest, is_own_manifest, "manifest"),
        ):
            _refuse_foreign(path, is_own, kind)

    def refuse_inputs(self, inputs: Iterable[Path]) -> None:
        """Checks that no file of the result would replace an input of the run.

        Raises:
            OutputError: A path of the result is an input, or is inside an input that is a folder.
        """
        refuse_inputs(self.files, inputs)


def check_places(files: Iterable[Path]) -> None:
    """Checks that files can be written; to try it, makes and removes a file in their folders.

    Raises:
        OutputError: A folder is missing or cannot be written, or the name of a file is too long.
    """
    files = tuple(files)
    for folder in dict.fromkeys(path.parent for path in files):
        if not folder.is_dir():
            raise OutputError(f"{folder}: no such folder; make it, or choose another --output-file")
        _check_writable(folder)
    for path in files:
        if len(os.fsencode(temporary_path(path).name)) > os.pathconf(path.parent, "PC_NAME_MAX"):
            raise OutputError(f"{path}: its name is too long for a temporary file beside it; choose a shorter one")


def refuse_inputs(files: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Checks that no file to be written is an input, or is inside an input that is a folder.

    Raises:
        OutputError: A file would replace an input.
    """
    outputs = [without_links(path) for path in files]
    for used in map(without_links, inputs):
        for written in outputs:
            if used == written or used in written.parents:
                raise OutputError(f"{written}: would replace what the run reads; choose another --output-file")


def refuse_foreign_page(path: Path) -> None:
    """Refuses to replace a file that is no page about an earlier result, and not empty.

    Raises:
        OutputError: A file is of another program, or cannot be read.
    """
    _refuse_foreign(path, is_own_page, "page")


def output_target(path: Path) -> Path:
    """Returns the absolute path of the file that a path names or, as a link, leads to; the file need not exist.

    Raises:
        OutputError: The path leads nowhere, or to something that cannot be replaced as a file is.
    """
    path = path.absolute()
    try:
        target = end_of_links(path)
        kind = "a folder" if target.is_dir() else irregular_kind(target)
        named = f"{path}: " if target == path else f"{path}: leads to {target}, which "
        if is_open_file(target):
            raise OutputError(f"{path}: leads to a stream that is open already; {_OTHER_FILE}")
        if kind:
            raise OutputError(f"{named}is {kind}, so no result can take its place; {_OTHER_FILE}")
        if stream := _stream_of(target):
            raise OutputError(f"{named}is the file that {stream} goes to; {_OTHER_FILE}")
        if target != path and not target.parent.is_dir():
            raise OutputError(f"{path}: leads to {target}, whose folder does not exist; make it, or {_OTHER_FILE}")
    except NotADirectoryError:  # `check_writable` names the folder that is missing
        return path
    except OSError as error:
        raise OutputError(f"{path}: cannot be used ({reason(error)}); {advice(error, _OTHER_FILE)}") from error
    return target


def _stream_of(path: Path) -> str | None:
    """Returns the name of the standard stream that is open on the file `path`; None if there is none."""
    with suppress(OSError):
        status = path.stat()
        for descriptor, name in _STREAMS.items():
            with suppress(OSError):
                if os.path.samestat(status, os.fstat(descriptor)):
                    return name
    return None


def _guard(file: Path) -> Path:
    """Returns the folder that whoever writes `file` must lock; it depends on the file's path only."""
    ending = next((ending for ending in _ENDINGS if file.name.endswith(ending)), "")
    return file.with_name(f"{file.name.removesuffix(ending)}.json.work")


def _refuse_foreign(path: Path, is_own: Callable[[Path], bool], kind: str) -> None:
    try:
        if not path.exists() or not path.stat().st_size or is_own(path):
            return
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read ({reason(error)}), so nobody can tell whether it is of an earlier result; see to "
            f"that, or {_OTHER_FILE}"
        ) from error
    raise OutputError(
        f"{path}: was not written by this program, so it is not replaced by the {kind} of the result; move it away, or "
        f"{_OTHER_FILE}"
    )


def _check_writable(folder: Path) -> None:
    # Only an attempt gives the right answer on every file system and for every user. All runs use one file name, so a
    # later run removes a file left by a killed run.
    probe = folder / ".tokstats.tmp"
    try:
        probe.touch()
        fault_point("output-tried")
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write here ({error.strerror}); choose another --output-file") from error
