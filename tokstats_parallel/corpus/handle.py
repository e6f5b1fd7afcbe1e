"""Corpus handle: the facts by which another process opens a corpus; small, and sent to the workers.

This module loads no Arrow, because workers load it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

    from tokstats_parallel.corpus.cache_file import CacheFile
    from tokstats_parallel.corpus.cache_layout import BlockLocation
    from tokstats_parallel.corpus.file_identity import FileIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusHandle:
    """Handle of a corpus: the facts by which another process opens the corpus.

    Attributes:
        language: Name of the language.
        path: Path of the cache file, or of the source if there is no cache.
        cached: Whether `path` is the path of a cache file.
        fingerprint: Hash of the corpus's rows; equal rows in files of other formats have an equal hash.
        rows: Number of rows.
        blocks: Location of each block in the cache file (see `cache_layout`); empty without a cache.
        file_identity: Identity of the cache file; None without a cache.
    """

    language: str
    path: Path
    cached: bool
    fingerprint: str
    rows: int
    blocks: tuple[BlockLocation, ...] = ()
    file_identity: FileIdentity | None = field(default=None, compare=False)

    @classmethod
    def of_file(cls, file: CacheFile) -> Self:
        """Makes the handle of a corpus from its opened cache file."""
        return cls(
            language=file.seal.language,
            path=file.path,
            cached=True,
            fingerprint=file.seal.fingerprint,
            rows=file.seal.rows,
            blocks=file.seal.blocks,
            file_identity=file.file_identity,
        )
