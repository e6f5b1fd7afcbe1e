"""Sources of data sets on the hub: Parquet files of a repository at one commit.

The commit is looked up once, when a run begins, and recorded in the manifest. So a resumed run reads the same commit
even if the branch has a newer one. The hub is used only through a file system (fsspec) and this look-up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokstats_parallel.corpus.folder_files import choose_files
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.options import LANGUAGE_FIELD, HubOptions
from tokstats_parallel.prepare.sources.files import PASSED_OVER
from tokstats_parallel.prepare.sources.parquet import ParquetSource
from tokstats_parallel.system.hub_environment import environment_fault
from tokstats_parallel.system.near_names import did_you_mean

# Maximum number of attempts before the first row: a fault is then more likely lasting than temporary (a wrong name or
# no network), so it is reported soon.
FIRST_CONTACT_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class HubAccess:
    """Access to the hub: reads files, and looks up commits.

    Attributes:
        files: File system (fsspec) of the hub, with paths `datasets/{owner}/{name}@{commit}/...`.
        commit: Function (repository, revision) -> hash of the revision's newest commit.
    """

    files: Any
    commit: Callable[[str, str], str]


def real_access(endpoint: str | None = None) -> HubAccess:
    """Returns the access to the hub at the address `endpoint`, with the token of HF_TOKEN or `hf auth login`.

    With None, the address is the value of HF_ENDPOINT, or else of the public hub.

    Raises:
        PrepareError: A variable of the environment has a value with which every request would fail.
    """
    if fault := environment_fault():
        raise PrepareError(fault)
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
    """Opens a source for each language.

    Args:
        options: Data set, folder and revision.
        languages: Languages to open.
        pinned: Language -> commit to read; languages without a commit are read at the revision's newest commit.
        access: Access to the hub; None accesses the real hub.
        retry: Policy of retries for faults of the network.

    Raises:
        PrepareError: A language has no Parquet file in the data set.
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
    listing = retry.call(lambda: _find(access.files, path), path)
    chosen = choose_files(name.removeprefix(f"{path}/") for name in listing)
    notice = chosen.notice()
    if not chosen.names:
        line = _no_file_message(access.files, root, folder, options)
        raise PrepareError(f"{line} ({notice})" if notice else line)
    if notice:
        retry.notify(f"{language}: {notice}")
    passed_over = sum(map(len, chosen.left_out.values()))
    sizes = {name: listing[name] for name in (f"{path}/{file}" for file in chosen.names)}
    return ParquetSource(
        # Each byte range is read once, so the file system's own cache would only fetch bytes that are not needed.
        lambda file: access.files.open(file, "rb", cache_type="none"),
        sizes,
        column=options.column,
        version=commit,
        remote=True,
        note=retry.notify,
        left_out={PASSED_OVER: passed_over} if passed_over else {},
    )


def _find(files: Any, path: str) -> dict[str, int]:  # noqa: ANN401 - fsspec has no types
    """Returns name -> size in bytes of the files below `path`; empty without the folder."""
    try:
        listing = files.find(path, detail=True)
    except FileNotFoundError as error:
        # The hub's file system also raises FileNotFoundError, with a cause, for repositories that it may not read.
        if error.__cause__ is not None:
            raise
        return {}
    return {name: int(entry["size"]) for name, entry in listing.items()}


def _no_file_message(files: Any, root: str, folder: str, options: HubOptions) -> str:  # noqa: ANN401 - as above
    parent, _, last = folder.rpartition("/")
    try:
        names = [name.rpartition("/")[2] for name in files.ls(f"{root}/{parent}".rstrip("/"), detail=False)]
    except FileNotFoundError:
        names = []
    hint = did_you_mean(last, names, otherwise="check --include-langs and --data-dir")
    return f"{options.repo}: no Parquet file in '{folder}' at {root.rpartition('@')[2][:12]}; {hint}"
