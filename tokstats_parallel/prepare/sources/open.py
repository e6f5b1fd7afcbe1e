"""Opens the source of each language."""

from collections.abc import Mapping, Sequence

from tokstats_parallel.prepare.download_retry import NEVER, Retry
from tokstats_parallel.prepare.options import FolderOptions, HubOptions, PrepareOptions
from tokstats_parallel.prepare.sources.files import open_files
from tokstats_parallel.prepare.sources.folder import open_folders
from tokstats_parallel.prepare.sources.hub import HubAccess, open_hub
from tokstats_parallel.prepare.sources.rows import RowSource


def open_sources(
    options: PrepareOptions,
    languages: Sequence[str],
    *,
    pinned: Mapping[str, str],
    hub: HubAccess | None,
    retry: Retry,
) -> Mapping[str, RowSource]:
    """Opens a source for each language; a missing language is an error here, before the first row.

    Args:
        options: Options of the call.
        languages: Languages to open, some of those in the options.
        pinned: Language -> version that an earlier call pinned.
        hub: Access to the hub; None for the real one.
        retry: Policy for faults of the network.
    """
    source = options.source
    if isinstance(source, FolderOptions):
        return open_folders(source.roots, languages, mapping=source.mapping, max_file_bytes=source.max_file_bytes)
    if isinstance(source, HubOptions):
        return open_hub(source, languages, pinned=pinned, access=hub, retry=retry)
    return open_files(source, languages)


def retry_for(options: PrepareOptions, retry: Retry) -> Retry:
    """Policy for the rows of a source: faults of the network may pass, those of this machine's disk do not."""
    return retry if isinstance(options.source, HubOptions) else NEVER
