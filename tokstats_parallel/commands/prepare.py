"""`tokstats prepare`: turns flags into options, and runs `prepare`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

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
from tokstats_parallel.prepare.report import open_report
from tokstats_parallel.prepare.run import prepare
from tokstats_parallel.prepare.sources.languages_table import parse_mapping

HUB_ROWS = 2_000_000

# cyclopts would offer --no-quiet and --empty-from-dir, which have no use.
_PLAIN = Parameter(negative=())
_MANY = Parameter(negative=(), consume_multiple=True)
# Without a value the flag would count as not given, and the hub would be the source.
_SOME = Parameter(negative=(), consume_multiple=1)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFlags:
    """Where rows come from: the hub, unless a source on this machine is named.

    Attributes:
        from_dir: Folders of source files, a row each. Left out: what a .gitignore in them names, and folders of
            third-party code below them: .nox, .tox, .venv, _vendor, bower_components, node_modules, site-packages,
            third_party, thirdparty, vendor, venv.
        from_parquet: Parquet file, or folder with {lang}.parquet or {lang}/*.parquet.
        from_jsonl: JSON lines file, or folder with {lang}.jsonl or {lang}/*.jsonl.
        repo: Data set on the hub.
        data_dir: Folder of a language in the data set; {lang} stands for the language.
        revision: Branch, tag or commit of the data set.
        column: Column (or key) of the text. Default: content, else text.
        mapping: Languages of extensions or file names, such as .h=cpp.
        max_file_bytes: With --from-dir, longer files are left out.
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
        """Returns the options of the one source that the flags name.

        Raises:
            ConfigError: They name several sources, or a mapping is not NAME=LANGUAGE.
        """
        local: list[FolderOptions | FilesOptions] = []
        mapping = parse_mapping(self.mapping or ())
        if self.from_dir:
            roots = tuple(path.resolve() for path in self.from_dir)
            local.append(FolderOptions(roots=roots, mapping=mapping, max_file_bytes=self.max_file_bytes))
        if self.from_parquet:
            local.append(FilesOptions(form="parquet", path=self.from_parquet, column=self.column))
        if self.from_jsonl:
            local.append(FilesOptions(form="jsonl", path=self.from_jsonl, column=self.column))
        if len(local) > 1:
            raise ConfigError("--from-dir, --from-parquet, --from-jsonl: give only one of them")
        hub = HubOptions(repo=self.repo, data_dir=self.data_dir, column=self.column, revision=self.revision)
        return local[0] if local else hub


def prepare_command(
    *,
    include_langs: Annotated[list[str], _MANY],
    out_train_dir: Path,
    out_valid_dir: Path | None = None,
    max_train_pages_per_language: int | None = None,
    valid_percent: float = 1.0,
    source: SourceFlags | None = None,
    strip_markers: Annotated[bool, _PLAIN] = False,
    restart: Annotated[bool, _PLAIN] = False,
    quiet: Annotated[bool, _PLAIN] = False,
) -> int:
    """Make {lang}.parquet, with the column text, from a data set on the hub, files, or source folders.

    A run that was stopped goes on where it was when the same command is given again. Exit code 3 says that a
    language has fewer rows than asked.

    Args:
        include_langs: Languages, named as the hub's data set names its directories: python, cpp, c-sharp, ...
        out_train_dir: Folder for the training rows.
        out_valid_dir: Folder for the validation rows, the first ones of each language; none without it.
        max_train_pages_per_language: Training rows a language. Default: 2,000,000 from the hub, else all.
        valid_percent: Validation rows, in percent of the training rows asked for.
        source: Where the rows come from.
        strip_markers: Cut repository markers off the beginning of rows.
        restart: Throw away what an earlier command left for these languages, and begin anew.
        quiet: Say only what needs attention, and the summary.
    """
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
        return prepare(options, report=report)
