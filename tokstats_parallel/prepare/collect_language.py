"""Collector: writes the rows of a source into part files, and updates the manifest after each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.manifest import Manifest, Part
from tokstats_parallel.prepare.markers import count_markers, strip_markers
from tokstats_parallel.prepare.options import PrepareOptions, Split
from tokstats_parallel.prepare.sources.row_reader import RowReader
from tokstats_parallel.prepare.sources.rows import RowSource
from tokstats_parallel.prepare.writer import PartWriter, SealedFile, replacing, sha256_of

# A kill costs the rows since the last part. A part is also the unit of flushing to the disk.
PART_BYTES = 64 << 20
_UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class SplitQuota:
    """Rows and bytes of text that a split can still take; it is full when either is used up."""

    rows: int
    text_bytes: int

    def without(self, part: PartWriter) -> "SplitQuota":
        """The quota less the rows of a part."""
        return SplitQuota(self.rows - part.rows, self.text_bytes - part.text_bytes)

    def __bool__(self) -> bool:
        """Whether the split can take another row."""
        return self.rows > 0 and self.text_bytes > 0


def remaining_quota(split: Split, manifest: Manifest, options: PrepareOptions) -> SplitQuota:
    """The rows that are asked of a split, less those that its parts hold."""
    if split == "valid":
        return SplitQuota(options.valid_rows - manifest.rows(split), _UNLIMITED)
    rows = _UNLIMITED if options.max_rows is None else options.max_rows
    text_bytes = _UNLIMITED if options.max_bytes is None else options.max_bytes
    return SplitQuota(rows - manifest.rows(split), text_bytes - manifest.text_bytes(split))


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the rows of one language.

    Attributes:
        source: The rows.
        folder: Working folder of the language.
        options: Number of rows, and whether markers are stripped.
        retry: Policy for faults of the source.
        advance: Called with (rows, bytes of text) as they are written.
    """

    source: RowSource
    folder: Path
    options: PrepareOptions
    retry: Retry
    advance: Callable[[int, int], None]

    def run(self, manifest: Manifest) -> Manifest:
        """Adds parts until both splits are full or the source ends, validation rows first; returns the new manifest."""
        reader = RowReader(self.source, manifest.parts[-1].end if manifest.parts else None, retry=self.retry)
        splits: tuple[Split, Split] = ("valid", "train")
        for split in splits:
            while not manifest.exhausted and (quota := remaining_quota(split, manifest, self.options)):
                manifest = self._add_part(reader, split, quota, manifest)
                manifest.save(self.folder)
        return manifest

    def _add_part(self, reader: RowReader, split: Split, quota: SplitQuota, manifest: Manifest) -> Manifest:
        path = self.folder / f"{split}-{len(manifest.parts):06}.arrow"
        left_out: Counter[str] = Counter()
        markers = 0
        exhausted = False
        with replacing(path) as file:
            part = PartWriter(file)
            limit = SplitQuota(quota.rows, min(quota.text_bytes, PART_BYTES))
            while rest := limit.without(part):
                taken = reader.take(rows=rest.rows, text_bytes=rest.text_bytes)
                if taken is None:
                    exhausted = True
                    break
                texts = taken.kept()
                left_out.update(taken.left_out())
                markers += count_markers(texts)
                size = part.add(strip_markers(texts) if self.options.strip_markers else texts)
                self.advance(len(texts), size)
            part.close()
        content = SealedFile(part.rows, part.text_bytes, path.stat().st_size, sha256_of(path))
        if reader.position is not None:
            manifest = manifest.with_part(Part(path.name, split, content, reader.position, dict(left_out), markers))
        return replace(manifest, exhausted=exhausted)
