"""Side of a comparison: the sampled tokens of a result or of one of its languages, with their counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.comparison.alignment import Counts
from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.token_keys import LONGEST, TokenKeys

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Side of a comparison.

    Attributes:
        name: Name for a reader, such as `A` or a language.
        batches: Batches that the counts are of.
        keys: Keys of the sampled tokens that a batch held.
        counts: Count of each of these tokens.
        fixed: Bytes of the tokens that every vocabulary holds; of a special token, its UTF-8.
    """

    name: str
    batches: SideBatches
    keys: TokenKeys
    counts: Counts
    fixed: frozenset[bytes]

    @classmethod
    def of(cls, name: str, batches: SideBatches, table: "pa.Table", column: str) -> Self:
        """Makes a side of an Arrow table with the columns `bytes` and `fixed`, and the named column of counts.

        Raises:
            ValueError: A sampled token has more than 15 bytes.
        """
        import pyarrow.compute as pc  # noqa: PLC0415 - loading takes a third of a second

        keys, counts = TokenKeys.empty(len(table)), np.empty(len(table), np.int64)
        fixed: set[bytes] = set()
        done = 0
        for rows in table.select(["bytes", "fixed", column]).to_batches():  # a copy of all would take much memory
            held = rows.filter(pc.greater(rows[column], 0))
            sampled = held.filter(pc.invert(held["fixed"]))
            fixed.update(held["bytes"].filter(held["fixed"]).to_pylist())
            these = slice(done, done + len(sampled))
            keys.taken(these).fill(sampled["bytes"])
            counts[these] = sampled[column].to_numpy()
            done = these.stop
        return cls(name, batches, keys.taken(slice(done)), counts[:done], frozenset(fixed))

    def without(self, fixed: Iterable[bytes]) -> Self:
        """Returns the side without sampled tokens that are fixed on another side, as a special token may be."""
        kept = np.ones(len(self.counts), bool)
        for raw in set(fixed) - self.fixed:
            kept &= ~self._is_special(raw)
        if kept.all():
            return self
        return type(self)(self.name, self.batches, self.keys.taken(kept), self.counts[kept], self.fixed)

    def always_held(self, fixed: Iterable[bytes]) -> bool:
        """Tells whether all batches held tokens that are fixed on another side.

        A result without a manifest may not know a special token as such.
        """
        counts = (self.counts[self._is_special(raw)].tolist() for raw in set(fixed) - self.fixed)
        return all(found == [self.batches.batches] for found in counts)

    def _is_special(self, raw: bytes) -> NDArray[np.bool_]:
        """Tells which sampled token has the mapped form that is a special token, given by its UTF-8."""
        try:
            unmapped = _native.unmap_bytes(raw.decode())
        except ValueError:
            unmapped = b""
        key = TokenKeys.of_bytes(unmapped[:LONGEST])
        is_it: NDArray[np.bool_] = (self.keys.low == key.low) & (self.keys.high == key.high)
        return is_it & (len(unmapped) <= LONGEST)
