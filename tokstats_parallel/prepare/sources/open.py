"""From what was asked to a source for each language."""

from collections.abc import Mapping, Sequence

from tokstats_parallel.prepare.options import FolderOptions, HubOptions, PrepareOptions
from tokstats_parallel.prepare.retry import NEVER, Retry
from tokstats_parallel.prepare.sources.folder import open_folders
from tokstats_parallel.prepare.sources.hub import HubAccess
from tokstats_parallel.prepare.sources.rows import RowSource


def open_sources(
    options: PrepareOptions,
    languages: Sequence[str],
    *,
    pinned: Mapping[str, str],
    hub: HubAccess | None,
    retry: Retry,
) -> Mapping[str, RowSource]:
    """A source for each language; every missing language is noticed here, before the first row.

    Args:
        options: what was asked.
        languages: which of its languages.
        pinned: language -> version that an earlier call pinned.
        hub: the way to the hub; None for the real one.
        retry: for faults of the network.
    """
    source = options.source
    if isinstance(source, FolderOptions):
        return open_folders(source.roots, languages, mapping=source.mapping, max_file_bytes=source.max_file_bytes)
    # Arrow's Parquet reader and the hub's client take most of a second to import.
    from tokstats_parallel.prepare.sources import hub as hub_sources  # noqa: PLC0415
    from tokstats_parallel.prepare.sources.files import open_files  # noqa: PLC0415

    if isinstance(source, HubOptions):
        return hub_sources.open_hub(source, languages, pinned=pinned, access=hub, retry=retry)
    return open_files(source, languages)


def retry_for(options: PrepareOptions, retry: Retry) -> Retry:
    """The network's faults may pass; those of this machine's disk do not."""
    return retry if isinstance(options.source, HubOptions) else NEVER
