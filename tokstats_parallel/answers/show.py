"""Looks up single tokens in a result: counts, ranks, neighbours, and the reason for a count of zero."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import Counted, batches_of, bytes_of, counts_of, languages_of, sampled_rows
from tokstats_parallel.answers.impossible import LONGEST, impossible_reason
from tokstats_parallel.answers.shown_token import CountIn, ShownToken, ShownTokens
from tokstats_parallel.answers.token_rows import TokenRows
from tokstats_parallel.answers.typed_token import Reading
from tokstats_parallel.answers.unseen import inclusion_bound, least_count, window_batches

_MOST_NEIGHBOURS = 5


def show_tokens(result: Counted, words: Sequence[Sequence[Reading]]) -> ShownTokens:
    """Looks up tokens.

    Args:
        result: Result to look into.
        words: For each word, the ways to read it, the most likely one first. Those that the result has are shown, or
            else the first one.
    """
    rows = TokenRows.find(result, {reading.raw for readings in words for reading in readings})
    chosen = [reading for readings in words for reading in (_there(readings, rows) or readings[:1])]
    window, least = window_batches(result.manifest), least_count(result.manifest)
    found = [rows.row_of(reading.raw) for reading in chosen]
    by_language = [
        _counts_in(result, language, found, (window, least - 1)) for language in (None, *languages_of(result))
    ]  # one column after the other, because each takes 40 MB for five million rows
    counts = zip(*by_language, strict=True)
    shown = [_shown(reading, rows, list(own)) for reading, own in zip(chosen, counts, strict=True)]
    return ShownTokens(shown, window, least)


def _there(readings: Sequence[Reading], rows: TokenRows) -> list[Reading]:
    """Returns the readings of a word that the result has, the first one for each of its tokens."""
    found: dict[int, Reading] = {}
    for reading in readings:
        if (row := rows.row_of(reading.raw)) is not None:
            found.setdefault(row, reading)
    return list(found.values())


def _counts_in(
    result: Counted, language: str | None, rows: Sequence[int | None], unseen: tuple[int, int]
) -> list[CountIn]:
    """Returns the counts of some rows in a language; None is the row of a token that the result has not.

    `unseen` has the window, and the largest number of batches that may have held a token that the result has not.
    """
    batches, counts, is_sampled = batches_of(result, language), counts_of(result, language), sampled_rows(result)
    window, most = unseen
    found = []
    for row in rows:
        count = 0 if row is None else int(counts[row])
        if row is None or not count:
            bound = inclusion_bound(batches, window, most if row is None else 0) if batches else None
            found.append(CountIn(language, batches, 0, None, None, bound))
            continue
        higher = counts > count
        among_sampled = 1 + int(np.count_nonzero(higher & is_sampled)) if is_sampled[row] else None
        found.append(CountIn(language, batches, count, 1 + int(np.count_nonzero(higher)), among_sampled, None))
    return found


def _shown(reading: Reading, rows: TokenRows, counts: Sequence[CountIn]) -> ShownToken:
    raw, row = reading.raw, rows.row_of(reading.raw)
    impossible = impossible_reason(raw)
    there = rows.tokens([row])[0] if row is not None else None
    kind = there.kind if there else _native.token_kind(raw)
    own = bytes_of(there.token, kind) if there else raw  # others for a special token that looks like a mapped form
    if impossible or (there and there.fixed):
        counts = [replace(count, bound=None) for count in counts]
    prefixes = [rows.row_of(raw[:length]) for length in range(min(len(raw) - 1, LONGEST), 1, -1)]
    longer = rows.beginning_with(raw)
    near = [] if there or len(longer) else rows.tokens(rows.beginning_like(raw)[:_MOST_NEIGHBOURS].tolist())
    return ShownToken(
        typed=reading.typed,
        reading=reading.name,
        token=there.token if there else _native.map_bytes(raw),
        text=_native.readable_text(own),
        raw=own,
        kind=kind,
        fixed=there is not None and there.fixed,
        impossible=impossible,
        pretokens=_pretokens(raw),
        counts=counts,
        prefixes=[one for one in rows.tokens([at for at in prefixes if at is not None]) if not one.fixed],
        longer=rows.tokens(longer[:_MOST_NEIGHBOURS].tolist()),
        longer_tokens=len(longer),
        near=near,
    )


def _pretokens(raw: bytes) -> list[str]:
    try:
        return _native.split(raw.decode())
    except UnicodeDecodeError:
        return []
