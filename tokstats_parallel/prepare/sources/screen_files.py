"""Screening of source files: leaves out files that are binary, empty, minified or not UTF-8."""

BINARY = "binary"
EMPTY = "empty"
MINIFIED = "minified"
NOT_UTF8 = "not UTF-8"

BINARY_PROBE_BYTES = 8_000
MINIFIED_MEAN_LINE_BYTES = 300
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def screen(content: bytes, *, name: str, prose: bool) -> tuple[str, None] | tuple[None, str]:
    """Decodes the content of a source file, or returns the reason why the file is left out.

    Args:
        content: Content of the whole file.
        name: Name of the file; a file with `.min.` in its name counts as minified.
        prose: Whether lines are paragraphs, so that a file with long lines does not count as minified.

    Returns:
        (text, None), or (None, reason) if the file is left out.
    """
    if b"\0" in content[:BINARY_PROBE_BYTES]:
        return None, BINARY
    if not content.strip():
        return None, EMPTY
    if ".min." in name or (not prose and _mean_line(content) > MINIFIED_MEAN_LINE_BYTES):
        return None, MINIFIED
    try:
        return content.removeprefix(_BYTE_ORDER_MARK).decode(), None
    except UnicodeDecodeError:
        return None, NOT_UTF8


def _mean_line(content: bytes) -> float:
    return len(content) / (content.count(b"\n") + 1)
