"""Wording: writes numbers, lists, sizes and durations for messages."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Writes a number with its noun: `1 shard`, `17 shards`, `0 batches`, `2 processes`."""
    ending = "" if number == 1 else "es" if noun.endswith(("ch", "s")) else "s"
    return f"{number:,} {noun}{ending}"


def listed(items: Sequence[str], most: int = 20) -> str:
    """Writes the first `most` items with commas, and the number of all other items: `python, go, and 998 more`."""
    rest = [f"and {len(items) - most:,} more"] if len(items) > most else []
    return ", ".join([*items[:most], *rest])


def size_text(size: float) -> str:
    """Writes a size, which is given in bytes, in MB, or in GB if it is 1 GB or more."""
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"  # noqa: PLR2004 - a GB


def duration(seconds: float) -> str:
    """Writes a duration as hours, minutes and seconds, `1:02:03`, or as `2:03` if it is below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
