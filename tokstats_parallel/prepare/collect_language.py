"""Collector: writes the rows of a source into part files, and updates the manifest after each part file."""

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

# Bytes of text in a part file. A kill loses the rows that are in no finished part, so a part must not be much larger;
# each part is flushed to the disk, which takes time, so it must not be much smaller.
PART_BYTES = 64 << 20
_UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class SplitQuota:
    """Numbers of rows and bytes of text that a split can still take; the split is full when either is used up."""

    rows: int
    text_bytes: int

    def without(self, part: PartWriter) -> "SplitQuota":
        """Returns the quota that is left after the rows of `part`."""
        return SplitQuota(self.rows - part.rows, self.text_bytes - part.text_bytes)

    def __bool__(self) -> bool:
        """Returns whether the split can take another row."""
        return self.rows > 0 and self.text_bytes > 0


def remaining_quota(split: Split, manifest: Manifest, options: PrepareOptions) -> SplitQuota:
    """Returns the rows and bytes that the options ask of a split, less those in the parts of the manifest."""
    if split == "valid":
        return SplitQuota(options.valid_rows - manifest.rows(split), _UNLIMITED)
    rows = _UNLIMITED if options.max_rows is None else options.max_rows
    text_bytes = _UNLIMITED if options.max_bytes is None else options.max_bytes
    return SplitQuota(rows - manifest.rows(split), text_bytes - manifest.text_bytes(split))


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the rows of one language.

    Attributes:
        source: Source of the rows.
        folder: Working folder of the language.
        options: Options of the call; they limit the rows and say whether markers are cut off.
        retry: Policy of retries for faults of the source.
        advance: Called with the number of rows written since the last call, and with the bytes of their text.
    """

    source: RowSource
    folder: Path
    options: PrepareOptions
    retry: Retry
    advance: Callable[[int, int], None]

    def run(self, manifest: Manifest) -> Manifest:
        """Writes parts until both splits are full or the source ends; the first rows go to the validation split.

        Returns:
            The manifest with all parts.
        """
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
