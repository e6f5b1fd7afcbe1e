"""Repository markers before a file's text: `<reponame>a/b<filename>c.py<gh_stars>10-100`, line end.

Data sets put them there. Any of the three may be missing; their order is fixed.
"""

import pyarrow as pa
import pyarrow.compute as pc

_FIRST = r"\A<(?:reponame|filename|gh_stars)>"
_ALL = r"\A(?:<reponame>[^<\n]*)?(?:<filename>[^<\n]*)?(?:<gh_stars>[^<\n]*)?(?:\r?\n)?"


def count_markers(texts: pa.LargeStringArray) -> int:
    """Number of texts that begin with a marker."""
    return pc.sum(pc.match_substring_regex(texts, _FIRST)).as_py() or 0


def strip_markers(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Cuts leading markers, and the line end behind them, off the texts; leaves other texts as they are."""
    marked = pc.match_substring_regex(texts, _FIRST)
    return pc.if_else(marked, pc.replace_substring_regex(texts, _ALL, "", max_replacements=1), texts)
