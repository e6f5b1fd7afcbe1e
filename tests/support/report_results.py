"""Results for tests of reports: small ones whose counts a test can recompute, and odd ones."""

import random
from collections.abc import Mapping
from pathlib import Path

from support.small_result import small_result

from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.sampling import Pooling

Counts = dict[str, tuple[int, dict[bytes, int]]]
"""Language -> number of its batches, and substring -> count."""
HOSTILE = [
    b"</script>",
    b"<b>\"'&amp;",
    "\u202etxt".encode(),
    "\u200b\u200d".encode(),
    "e\u0301\u0301".encode(),
    b"\xff\xfe\xfd",
    b"\x00\x1b[31m",
    b"=cmd|'/C'!A0",
    b"{{7*7}}{% x %}",
    "🏴\U000e0067\U000e0062".encode(),
    b"a,b\r\nc;\td",
]


def random_result(batches: Mapping[str, int], seed: int = 1, words: int = 300) -> Counts:
    """Returns counts of random words by language; common words are in several languages."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    tokens = sorted({bytes(dice.choices(b"abcdefg1#", k=dice.randint(2, 15))) for _ in range(words)})
    counts: Counts = {}
    for language, number in batches.items():
        held = [token for token in tokens if dice.random() < 0.6]
        counts[language] = (number, {token: min(number, int(dice.paretovariate(0.6))) for token in held if number})
    return counts


def odd_results(folder: Path) -> dict[str, TokenStats]:
    """Returns name -> result of each odd kind, each in a folder of its own."""
    two = random_result({"go": 60, "c": 40})
    made = {
        "one language": small_result(folder / "one", random_result({"go": 60})),
        "one batch": small_result(folder / "batch", {"go": (1, {b"ab": 1, b"cd": 1})}),
        "one batch of two languages": small_result(folder / "batch2", {"go": (1, {b"ab": 1}), "c": (0, {})}),
        "two batches": small_result(folder / "batches", {"go": (1, {b"ab": 1}), "c": (1, {b"ab": 1, b"cd": 1})}),
        "no sampled token": small_result(folder / "none", {"go": (3, {}), "c": (2, {})}),
        "mixed pools": small_result(
            folder / "mixed", random_result({"all": 60}), job={"pooling": Pooling.MIXED}, texts={"go": 7, "c": 9}
        ),
        "shared pool": small_result(folder / "shared", two, job={"pooling": Pooling.SHARED}),
        "24 languages": small_result(folder / "many", random_result({f"language-{at}": 9 + at for at in range(24)})),
        "a language without batches": small_result(folder / "zero", random_result({"go": 30, "c": 20, "no": 0})),
        "least count 2": small_result(folder / "two", two, min_count=2),
        "least count 5": small_result(folder / "five", two, min_count=5),
        "hostile": small_result(folder / "hostile", {"<b>&'": (9, dict.fromkeys(HOSTILE, 3)), "c": (9, {b"ab": 2})}),
    }
    return made | {"without manifest": _without(folder / "bare", two), "json alone": _json_alone(folder / "json", two)}


def _without(folder: Path, counts: Counts) -> TokenStats:
    stats = small_result(folder, counts)
    stats.paths.manifest.unlink()
    return TokenStats.load(stats.paths.json)


def _json_alone(folder: Path, counts: Counts) -> TokenStats:
    stats = _without(folder, counts)
    stats.paths.parquet.unlink()
    return TokenStats.load(stats.paths.json)
