"""Result files: finds the files of a written result by any of their paths, and checks that they belong together.

Only the heads and the metadata of the files are read here, so that a result of any size opens at once.
"""

import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tokstats_parallel.errors import ResultError, machine_failure, not_readable_now, reason
from tokstats_parallel.results.manifest import FORMAT
from tokstats_parallel.results.own_files import has_result_columns, is_own_json, is_own_manifest, is_own_parquet
from tokstats_parallel.results.parquet import FACTS_KEY
from tokstats_parallel.system.file_names import arrow_name
from tokstats_parallel.system.regular_file import irregular_kind
from tokstats_parallel.system.wording import listed

_MANIFEST_END = ".manifest.json"
_TAIL_BYTES = 2
_NAME_ONE = "name the JSON, the Parquet or the manifest of a result"
REPEAT = "write the result anew with `tokstats collect`, or take all three files from one result"
"""Remedy for files that are damaged, or are not of one result."""


class ResultPaths(NamedTuple):
    """Paths of the three files of a result; of a loaded result, some may be missing.

    Attributes:
        json: Path of the JSON file, token -> count.
        parquet: Path of the Parquet file, which also has the counts of every language.
        manifest: Path of the manifest, a JSON file about the run.
    """

    json: Path
    parquet: Path
    manifest: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedResult:
    """Written result whose files have been found to belong together.

    Attributes:
        paths: Paths of the files.
        manifest: Content of the manifest; of the Parquet's metadata if there is no manifest; else empty.
        has_parquet: Whether there is a Parquet; otherwise there is a JSON.
    """

    paths: ResultPaths
    manifest: dict[str, Any] = field(default_factory=dict)
    has_parquet: bool = True

    @property
    def known_by(self) -> Path:
        """Path of the file that `manifest` was read from; of the JSON if it is empty."""
        if self.paths.manifest.exists():
            return self.paths.manifest
        return self.paths.parquet if self.has_parquet else self.paths.json


def open_result(path: Path) -> OpenedResult:
    """Finds the result that a path names, and checks the files that are there.

    Args:
        path: Path of the JSON, the Parquet or the manifest of a result, or of a folder that holds one result.

    Raises:
        ResultError: There is no result, or several; a file is damaged, of another program or of another version; or
            the files are not of one result.
    """
    try:
        path = _only_result_in(path) if path.is_dir() else path
        paths = _paths_beside(path)
        if path.is_symlink() and sum(one.exists() for one in paths) == 1:  # the others are beside its target
            path = path.resolve()
            paths = _paths_beside(path)
        return _opened(path, paths)
    except OSError as error:
        if failure := machine_failure(error):
            raise ResultError(not_readable_now(str(path), failure)) from error
        raise ResultError(f"{path}: cannot be read ({reason(error)})") from error


def _only_result_in(folder: Path) -> Path:
    """Returns a file of the only result in a folder: its manifest, or else its Parquet, or else its JSON."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for is_own, ending in ((is_own_manifest, _MANIFEST_END), (is_own_parquet, ".parquet"), (is_own_json, ".json")):
        found = [path for path in files if path.name.endswith(ending) and is_own(path)]
        if len(found) > 1:
            raise ResultError(f"{folder}: holds several results ({listed([one.name for one in found])}); name one")
        if found:
            return found[0]
    raise ResultError(f"{folder}: holds no result; name the JSON, the Parquet or the manifest of one")


def _paths_beside(path: Path) -> ResultPaths:
    """Returns the paths of all files of the result one file of which is `path`."""
    endings = (_MANIFEST_END, ".parquet", ".json")
    stem = path.with_name(path.name.removesuffix(next((end for end in endings if path.name.endswith(end)), "")))
    json_path = stem.with_name(f"{stem.name}.json")
    if not json_path.exists() and stem.is_file():  # a JSON without an ending
        json_path = stem
    return ResultPaths(json_path, stem.with_name(f"{stem.name}.parquet"), stem.with_name(stem.name + _MANIFEST_END))


def _opened(path: Path, paths: ResultPaths) -> OpenedResult:
    if not path.exists():
        raise ResultError(f"{path}: no such file; {_NAME_ONE}")
    if kind := irregular_kind(path):
        raise ResultError(f"{path}: is {kind}, not a file of a result; {_NAME_ONE}")
    has_parquet, has_json = paths.parquet.exists(), paths.json.exists()
    manifest = _manifest(paths.manifest) if paths.manifest.exists() else {}
    if path == paths.json or not has_parquet:
        if not has_json:
            raise ResultError(f"{path}: its JSON and its Parquet are missing; put {paths.parquet} beside it")
        _check_json(paths.json)
    if has_parquet:
        facts, rows, languages = _parquet_facts(paths.parquet)
        _check_manifest(manifest, facts, rows, languages, paths)
        if path == paths.json:
            _check_same_rows(paths)
        manifest = manifest or facts
    return OpenedResult(paths=paths, manifest=manifest, has_parquet=has_parquet)


def _manifest(path: Path) -> dict[str, Any]:
    if not is_own_manifest(path):
        raise ResultError(f"{path}: is damaged, or no manifest of a result; {REPEAT}")
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    _check_format(path, manifest)
    return manifest


def _check_format(path: Path, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != FORMAT:
        raise ResultError(
            f"{path}: has format {manifest.get('format')}, and this program reads format {FORMAT}; use the version of "
            "tokstats-parallel that wrote it"
        )


def _check_json(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        is_whole = file.read().endswith(b"\n}")
    if not is_whole or not is_own_json(path):
        raise ResultError(f"{path}: is cut off, or no JSON of a result; name a file that `tokstats collect` wrote")


def _parquet_facts(path: Path) -> tuple[dict[str, Any], int, list[str]]:
    """Returns the facts in a Parquet's metadata, if there are any, its number of rows, and its languages."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        with pa.OSFile(arrow_name(path)) as file:
            metadata = pq.read_metadata(file)
        schema = metadata.schema.to_arrow_schema()
        facts = json.loads((metadata.metadata or {}).get(FACTS_KEY.encode(), b"{}"))
    except (pa.ArrowException, OSError, ValueError) as error:
        if failure := machine_failure(error):
            raise failure from error
        raise ResultError(f"{path}: is damaged, or no Parquet ({reason(error)}); {REPEAT}") from error
    if not (has_result_columns(schema) and metadata.num_rows and isinstance(facts, dict)):
        raise ResultError(f"{path}: is no Parquet of a result; name the file that `tokstats collect` wrote")
    if facts:
        _check_format(path, facts)
    languages = [name.removeprefix("count_") for name in schema.names if name.startswith("count_")]
    return facts, metadata.num_rows, languages


def _check_manifest(
    manifest: dict[str, Any], facts: dict[str, Any], rows: int, languages: list[str], paths: ResultPaths
) -> None:
    if not manifest:
        return
    found = {"unique_tokens": rows, "batches_per_language": languages}
    stated = {"unique_tokens": manifest["unique_tokens"], "batches_per_language": [*manifest["batches_per_language"]]}
    for key in ("config_digest", "batches", "occurrences", "corpora"):
        if key in facts:
            found[key], stated[key] = facts[key], manifest.get(key)
    for key, value in found.items():
        if value != stated[key]:
            differs = f"{key.replace('_', ' ')} differ"
            raise ResultError(f"{paths.manifest}: is not the manifest of {paths.parquet.name}: {differs}; {REPEAT}")


def _check_same_rows(paths: ResultPaths) -> None:
    """Checks that the JSON begins with the rows of the Parquet."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    with pa.OSFile(arrow_name(paths.parquet)) as source, pq.ParquetFile(source, pre_buffer=False) as file:
        try:
            batch = next(file.iter_batches(1000, columns=["token", "count"]), None)
        except (pa.ArrowException, OSError) as error:
            raise ResultError(f"{paths.parquet}: is damaged ({reason(error)}); {REPEAT}") from error
    rows = [] if batch is None else list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    with paths.json.open("rb") as lines:
        head = [line.rstrip(b",\n") for line in islice(lines, 1, 1 + len(rows))]
    expected = [f"  {json.dumps(token, ensure_ascii=False)}: {count}".encode() for token, count in rows]
    if head != expected:
        raise ResultError(f"{paths.json}: is not the JSON of {paths.parquet.name}, whose rows differ; {REPEAT}")
