"""Opening of sources: chooses the kind of source by the options, and opens one source for each language."""

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
    """Opens a source for each language; returns language -> source.

    Args:
        options: Options of the call.
        languages: Languages to open; the options may name more.
        pinned: Language -> version of the source that an earlier call has read.
        hub: Access to the hub; None accesses the real hub.
        retry: Policy of retries for faults of the network.

    Raises:
        ConfigError: The options name one file for several languages.
        PrepareError: A language has no rows, or a folder or file cannot be used.
    """
    source = options.source
    if isinstance(source, FolderOptions):
        return open_folders(
            source.roots,
            languages,
            mapping=source.mapping,
            max_file_bytes=source.max_file_bytes,
            note=retry.notify,
        )
    if isinstance(source, HubOptions):
        return open_hub(source, languages, pinned=pinned, access=hub, retry=retry)
    return open_files(source, languages, note=retry.notify)


def retry_for(options: PrepareOptions, retry: Retry) -> Retry:
    """Returns the policy of retries for reading rows: `retry` for the hub, and no retries for files on this machine."""
    return retry if isinstance(options.source, HubOptions) else NEVER
