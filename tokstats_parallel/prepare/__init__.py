"""Corpora: from the hub, from files or from source folders to `{lang}.parquet` with the column `text`."""

from tokstats_parallel.prepare.options import FilesOptions, FolderOptions, HubOptions, PrepareOptions
from tokstats_parallel.prepare.run import prepare

__all__ = ["FilesOptions", "FolderOptions", "HubOptions", "PrepareOptions", "prepare"]
