"""Small corpora for tests in the form that the core takes, and streams of texts as the oracle makes them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import oracle
from support.sampling import grouped

from tokstats_parallel._native import Stream, TextColumn


def chunk(rows: Sequence[str | bytes], before: bytes = b"") -> tuple[bytes, bytes]:
    """Returns the offsets and the data of rows; `before` is data before the first row, as in a slice of an array."""
    raw = [row.encode() if isinstance(row, str) else row for row in rows]
    offsets = np.cumsum([len(before), *map(len, raw)], dtype="<i8")
    return offsets.tobytes(), before + b"".join(raw)


def column(rows: Sequence[str | bytes]) -> TextColumn:
    return TextColumn([chunk(rows)])


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Parameters of a stream, named as in the core."""

    seed: int = 1
    language: str = "python"
    pool: int = 0
    span: int = 40
    pack: bool = True
    crop: bool = True
    eos: str = "</s>"

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of the core for the stream, except the column."""
        return grouped(asdict(self))


@dataclass(frozen=True)
class Judge:
    """Stream of texts as the oracle makes it; only the rows and the crops are chosen by the core."""

    rows: Sequence[str]
    setting: Setting

    @cached_property
    def stream(self) -> Stream:
        return Stream(column(self.rows), **self.setting.arguments())

    def text(self, index: int) -> str:
        setting = self.setting
        return oracle.make_text(
            self.rows,
            lambda appended: self.stream.row_order(index, appended),
            lambda characters: self.stream.crop_start(index, characters),
            span=setting.span,
            pack=setting.pack,
            crop=setting.crop,
            eos=setting.eos,
        )

    def scores(self, draw: int, *, batch_texts: int, batches: int) -> dict[str, int]:
        """Returns substring -> score for all substrings in the pool of a draw."""
        return oracle.scores(oracle.pool_texts(self.text, draw, batch_texts=batch_texts, batches=batches))

    def but(self, **changes: object) -> "Judge":
        return Judge(self.rows, replace(self.setting, **changes))  # type: ignore[arg-type]
