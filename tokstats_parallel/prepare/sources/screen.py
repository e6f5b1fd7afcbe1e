"""Which source files are worth a row: text, written by people, of bounded size."""

BINARY = "binary"
EMPTY = "empty"
MINIFIED = "minified"
NOT_UTF8 = "not UTF-8"

BINARY_PROBE_BYTES = 8_000
MINIFIED_MEAN_LINE_BYTES = 300
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def screen(content: bytes, *, name: str, prose: bool) -> tuple[str, None] | tuple[None, str]:
    """Decode a file's content, or say why it is left out.

    Args:
        content: the whole file.
        name: the file's name; `.min.` in it says minified.
        prose: long lines are usual (a paragraph a line), so they do not say minified.

    Returns:
        (text, None) or (None, reason).
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
