"""Output paths: the paths of the files that a run writes, and checks of these paths before anything is computed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tokstats_parallel.errors import OutputError
from tokstats_parallel.system.fault_injection import fault_point


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Absolute paths of the files and folders that a run writes to.

    Attributes:
        json: Path of the JSON file, token -> count.
        parquet: Path of the Parquet file, which also has the counts of every language.
        manifest: Path of the manifest, a JSON file about the run.
        work: Path of the work folder (see `run.work_folder`).
        claim: Path of the folder whose lock a run holds while it writes the three files; usually the work folder. Runs
            with equal `parquet` and `manifest` have an equal `claim`, so that they cannot write at the same time.
    """

    json: Path
    parquet: Path
    manifest: Path
    work: Path
    claim: Path

    @classmethod
    def of(cls, output_file: Path, work_dir: Path | None = None) -> Self:
        """Derives all output paths from the JSON's path, without access to any file.

        Args:
            output_file: Path of the JSON.
            work_dir: Path of the work folder; None for a folder beside the JSON.

        Raises:
            OutputError: The JSON's name ends with `.parquet`.
        """
        path = output_file.absolute()
        if path.suffix == ".parquet":
            raise OutputError(f"{output_file}: the JSON needs another ending; the Parquet is written beside it")
        stem = path.with_suffix("") if path.suffix == ".json" else path
        parquet, manifest, claim = (
            stem.with_name(stem.name + ending) for ending in (".parquet", ".manifest.json", ".json.work")
        )
        work = work_dir.absolute() if work_dir else path.with_name(f"{path.name}.work")
        return cls(path, parquet, manifest, work, claim)

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """Paths of the three files of the result: JSON, Parquet, manifest."""
        return self.json, self.parquet, self.manifest

    def check_writable(self) -> None:
        """Checks that the result's files can be written; to try it, makes and removes a file in their folder.

        Raises:
            OutputError: The folder is missing or cannot be written, one of the paths is no regular file, or the work
                folder would hold the result's files.
        """
        folder = self.json.parent
        if not folder.is_dir():
            raise OutputError(f"{folder}: no such folder; make it, or choose another --output-file")
        _check_writable(folder)
        for path in self.files:
            if path.is_dir():
                raise OutputError(f"{path}: is a folder; name a file for --output-file")
            if path.exists() and not path.is_file():
                raise OutputError(f"{path}: is not a file that can be replaced; choose another --output-file")
        output = self.json.resolve()
        if self.work.resolve() in (output, *output.parents):
            raise OutputError(f"{self.work}: the work folder cannot hold the output; choose another --work-dir")

    def refuse_inputs(self, inputs: Iterable[Path]) -> None:
        """Checks that no file of the result would replace an input of the run.

        Raises:
            OutputError: A path of the result is an input, or is inside an input that is a folder.
        """
        outputs = [path.resolve() for path in self.files]
        for used in (path.resolve() for path in inputs):
            for written in outputs:
                if used == written or used in written.parents:
                    raise OutputError(f"{written}: would replace what the run reads; choose another --output-file")


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
