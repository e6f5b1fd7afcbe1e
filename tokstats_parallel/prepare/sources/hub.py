"""Data sets on the hub: Parquet files of a repository at one commit.

The commit is looked up once, when a run begins, and recorded in the manifest; a resumed run reads the same commit
even where the branch has moved. The hub is used through a file system (fsspec) and this one question only.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.options import LANGUAGE_FIELD, HubOptions
from tokstats_parallel.prepare.sources.parquet import ParquetSource

# Before the first row a fault is more likely a wrong set-up than a passing one, so it is reported soon.
FIRST_CONTACT_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class HubAccess:
    """Access to the hub.

    Attributes:
        files: A file system with paths `datasets/{owner}/{name}@{commit}/...`.
        commit: (repository, revision) -> commit.
    """

    files: Any
    commit: Callable[[str, str], str]


def real_access(endpoint: str | None = None) -> HubAccess:
    """Access to the hub at `endpoint` (None: HF_ENDPOINT), with the token of HF_TOKEN or `hf auth login`."""
    from huggingface_hub import HfApi, HfFileSystem  # noqa: PLC0415 - slow to import

    def commit(repo: str, revision: str) -> str:
        sha = HfApi(endpoint).dataset_info(repo, revision=revision).sha
        if sha is None:
            raise PrepareError(f"{repo}@{revision}: the hub names no commit; give one with --revision")
        return sha

    return HubAccess(HfFileSystem(endpoint=endpoint), commit)


def open_hub(
    options: HubOptions,
    languages: Sequence[str],
    *,
    pinned: Mapping[str, str],
    access: HubAccess | None,
    retry: Retry,
) -> dict[str, ParquetSource]:
    """Opens a source for each language, at the commit in `pinned`, or else at the newest of the revision.

    Raises:
        PrepareError: A language has no Parquet file there.
    """
    access = access or real_access()
    retry = replace(retry, attempts=min(retry.attempts, FIRST_CONTACT_ATTEMPTS))
    newest: str | None = None
    sources = {}
    for language in languages:
        commit = pinned.get(language) or newest
        if commit is None:
            commit = newest = retry.call(lambda: access.commit(options.repo, options.revision), options.repo)
        sources[language] = _open(options, language, commit, access, retry)
    return sources


def _open(options: HubOptions, language: str, commit: str, access: HubAccess, retry: Retry) -> ParquetSource:
    root = f"datasets/{options.repo}@{commit}"
    folder = options.data_dir.replace(LANGUAGE_FIELD, language).strip("/")
    path = f"{root}/{folder}".rstrip("/")
    sizes = _training_files(retry.call(lambda: _find(access.files, path), path))
    if not sizes:
        raise PrepareError(_no_file_message(access.files, root, folder, options))
    return ParquetSource(
        # Whole byte ranges are asked for, so a cache of file blocks would only double the traffic.
        lambda file: access.files.open(file, "rb", cache_type="none"),
        sizes,
        column=options.column,
        version=commit,
        remote=True,
    )


def _find(files: Any, path: str) -> dict[str, int]:  # noqa: ANN401 - fsspec has no types
    """Returns name -> size of the Parquet files below `path`, sorted; empty where there is no such folder."""
    try:
        listing = files.find(path, detail=True)
    except FileNotFoundError as error:
        # The hub's file system also raises this for repositories that it may not see.
        if error.__cause__ is not None:
            raise
        return {}
    return {name: int(listing[name]["size"]) for name in sorted(listing) if name.endswith(".parquet")}


def _training_files(sizes: dict[str, int]) -> dict[str, int]:
    """Files of the `train` split where file names distinguish splits; otherwise all files."""
    train = {name: size for name, size in sizes.items() if name.rpartition("/")[2].startswith("train")}
    return train or sizes


def _no_file_message(files: Any, root: str, folder: str, options: HubOptions) -> str:  # noqa: ANN401 - as above
    parent, _, last = folder.rpartition("/")
    try:
        names = [name.rpartition("/")[2] for name in files.ls(f"{root}/{parent}".rstrip("/"), detail=False)]
    except FileNotFoundError:
        names = []
    near = difflib.get_close_matches(last, names, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; check --include-langs and --data-dir"
    return f"{options.repo}: no Parquet file in '{folder}' at {root.rpartition('@')[2][:12]}{hint}"
