"""`tokstats prepare`: makes options from the flags of the command line, and calls `prepare`."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tokstats_parallel.corpus.languages_table import parse_mapping
from tokstats_parallel.display.console import excuse_stdout, stdout_console
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.prepare.options import (
    LANGUAGE_FIELD,
    MAX_FILE_BYTES,
    STARCODERDATA,
    FilesOptions,
    FolderOptions,
    HubOptions,
    PrepareOptions,
)
from tokstats_parallel.prepare.report import open_report, print_next_command
from tokstats_parallel.prepare.run import prepare

HUB_ROWS = 2_000_000

# Flag of a source ("" for the hub) -> flags that concern this source.
_FLAGS_OF_SOURCE = {
    "": ("--repo", "--data-dir", "--revision", "--column"),
    "--from-dir": ("--map", "--max-file-bytes"),
    "--from-parquet": ("--column",),
    "--from-jsonl": ("--column",),
}
_VALID_PERCENT = 1.0

# cyclopts would offer --no-quiet and --empty-from-dir, which have no use.
_PLAIN = Parameter(negative=())
_MANY = Parameter(negative=(), consume_multiple=True)
# At least one value: cyclopts would take a flag without a value for a missing flag, and the hub would be the source.
_SOME = Parameter(negative=(), consume_multiple=1)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFlags:
    """Flags that name the source of the rows: the hub, unless a source on this machine is named.

    Attributes:
        from_dir: Folders of source files; each file is a row. Files that a .gitignore in the folders ignores are left
            out, and so are folders of third-party code: .nox, .tox, .venv, _vendor, bower_components, node_modules,
            site-packages, third_party, thirdparty, vendor, venv.
        from_parquet: Parquet file, or folder with {lang}.parquet or a folder {lang} of such files.
        from_jsonl: JSON lines file, or folder with {lang}.jsonl or a folder {lang} of such files; files compressed with
            gzip, zstd, bzip2 or xz are read, too.
        repo: Name of the data set on the hub.
        data_dir: Folder of a language in the data set; {lang} stands for the language.
        revision: Branch, tag or commit of the data set.
        column: Column (or key) that holds the text. Default: content, or else text.
        mapping: Languages of file extensions or file names, such as .h=cpp.
        max_file_bytes: Maximum size of a file with --from-dir, in bytes; larger files are left out.
    """

    from_dir: Annotated[list[Path] | None, _SOME] = None
    from_parquet: Path | None = None
    from_jsonl: Path | None = None
    repo: str = STARCODERDATA
    data_dir: str = LANGUAGE_FIELD
    revision: str = "main"
    column: str | None = None
    mapping: Annotated[list[str] | None, _SOME, Parameter(name="--map")] = None
    max_file_bytes: int = MAX_FILE_BYTES

    def options(self) -> FolderOptions | FilesOptions | HubOptions:
        """Returns the options of the source that the flags name.

        Raises:
            ConfigError: The flags name several sources, or contradict each other, or a `--map` is not NAME=LANGUAGE.
        """
        faults = list(self._contradictions())
        if faults:
            raise ConfigError("; ".join(faults))
        mapping = parse_mapping(self.mapping or ())
        if self.from_dir:
            roots = tuple(Path(os.path.realpath(path)) for path in self.from_dir)
            return FolderOptions(roots=roots, mapping=mapping, max_file_bytes=self.max_file_bytes)
        if self.from_parquet:
            return FilesOptions(form="parquet", path=self.from_parquet, column=self.column)
        if self.from_jsonl:
            return FilesOptions(form="jsonl", path=self.from_jsonl, column=self.column)
        return HubOptions(repo=self.repo, data_dir=self.data_dir, column=self.column, revision=self.revision)

    def _contradictions(self) -> Iterator[str]:
        """Yields one text for each set of flags that cannot be given together."""
        given = [_flag(field.name) for field in fields(self) if getattr(self, field.name) != field.default]
        sources = [flag for flag in given if flag in _FLAGS_OF_SOURCE]
        if len(sources) > 1:
            yield f"{', '.join(sources)}: give only one of them"
            return
        source = sources[0] if sources else ""
        others = [flag for flag in given if flag != source and flag not in _FLAGS_OF_SOURCE[source]]
        if others and source:
            yield f"{source}, {', '.join(others)}: do not go together; leave {source} or the rest out"
        elif others:
            yield f"{', '.join(others)}: only with --from-dir; add it or leave the rest out"


def _flag(name: str) -> str:
    return "--map" if name == "mapping" else f"--{name.replace('_', '-')}"


def prepare_command(
    *,
    include_langs: Annotated[list[str], _MANY],
    out_train_dir: Path,
    out_valid_dir: Path | None = None,
    max_train_pages_per_language: int | None = None,
    valid_percent: float = _VALID_PERCENT,
    source: SourceFlags | None = None,
    strip_markers: Annotated[bool, _PLAIN] = False,
    restart: Annotated[bool, _PLAIN] = False,
    quiet: Annotated[bool, _PLAIN] = False,
) -> int:
    """Make {lang}.parquet, with the column text, from a data set on the hub, files, or source folders.

    If a run was stopped, the same command resumes it. Exit code 3 says that a language has fewer rows than asked for.

    Args:
        include_langs: Languages, named as the directories of the hub's data set: python, cpp, c-sharp, ...
        out_train_dir: Folder for the training files.
        out_valid_dir: Folder for the validation files, which get the first rows of each language. Default: none.
        max_train_pages_per_language: Number of training rows of each language. Default: 2,000,000 from the hub, else
            all.
        valid_percent: Number of validation rows, in percent of the training rows asked for, or of the rows that are
            found.
        source: Source of the rows.
        strip_markers: Cut repository markers (reponame, filename, gh_stars) off the beginning of rows.
        restart: Throw away the files of earlier runs for these languages, and begin anew.
        quiet: Print notices and the summary only: no progress, and no command to run next.
    """
    if valid_percent != _VALID_PERCENT and out_valid_dir is None:
        raise ConfigError("--valid-percent: only with --out-valid-dir; add it or leave --valid-percent out")
    origin = (source or SourceFlags()).options()
    default_rows = HUB_ROWS if isinstance(origin, HubOptions) else None
    asked = max_train_pages_per_language
    options = PrepareOptions(
        languages=tuple(include_langs),
        source=origin,
        train_directory=out_train_dir,
        valid_directory=out_valid_dir,
        max_rows=default_rows if asked is None else asked,
        valid_percent=valid_percent,
        strip_markers=strip_markers,
        restart=restart,
    )
    with open_report(quiet=quiet) as report:
        code = prepare(options, report=report)
    if not quiet:
        print_next_command(options, stdout_console())
        excuse_stdout("all files are written")
    return code
