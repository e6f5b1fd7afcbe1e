"""Repository markers: a row of a data set may begin with `<reponame>a/b<filename>c.py<gh_stars>10-100` and a line end.

Any of the three markers may be missing; their order is fixed.
"""

import pyarrow as pa
import pyarrow.compute as pc

_FIRST = r"\A<(?:reponame|filename|gh_stars)>"
_ALL = r"\A(?:<reponame>[^<\n]*)?(?:<filename>[^<\n]*)?(?:<gh_stars>[^<\n]*)?(?:\r?\n)?"


def count_markers(texts: pa.LargeStringArray) -> int:
    """Returns the number of texts that begin with a repository marker."""
    return pc.sum(pc.match_substring_regex(texts, _FIRST)).as_py() or 0


def strip_markers(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Returns the texts without repository markers at their beginnings, and without the line end behind the markers."""
    marked = pc.match_substring_regex(texts, _FIRST)
    return pc.if_else(marked, pc.replace_substring_regex(texts, _ALL, "", max_replacements=1), texts)
