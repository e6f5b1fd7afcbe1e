"""Screening of source files: leaves out files that are no UTF-8 text, or empty, minified, or stand for another file."""

BINARY = "binary"
EMPTY = "empty"
LFS_POINTER = "Git LFS pointer"
MINIFIED = "minified"
NOT_UTF8 = "not UTF-8"
OVER_LONG = "over-long"
UTF16 = "UTF-16"

BINARY_PROBE_BYTES = 8_000
MINIFIED_MEAN_LINE_BYTES = 300
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LFS_BEGINNING = b"version https://git-lfs.github.com/spec/"


def screen(content: bytes, *, name: str, prose: bool) -> tuple[str, None] | tuple[None, str]:
    """Decodes the content of a source file, or returns the reason why the file is left out.

    Args:
        content: Content of the whole file.
        name: Name of the file; a file with `.min.` in its name counts as minified.
        prose: Whether lines are paragraphs, so that a file with long lines does not count as minified.

    Returns:
        (text, None), or (None, reason) if the file is left out.
    """
    reason = _reason(content, name=name, prose=prose)
    if reason is not None:
        return None, reason
    try:
        return content.removeprefix(_BYTE_ORDER_MARK).decode(), None
    except UnicodeDecodeError:
        return None, NOT_UTF8


def _reason(content: bytes, *, name: str, prose: bool) -> str | None:
    """Returns the reason why a file is left out, whatever its encoding; None if there is none."""
    is_minified = ".min." in name or (not prose and _mean_line(content) > MINIFIED_MEAN_LINE_BYTES)
    checks = {
        UTF16: content.startswith(_UTF16_MARKS),
        LFS_POINTER: content.startswith(_LFS_BEGINNING),
        BINARY: b"\0" in content[:BINARY_PROBE_BYTES],
        EMPTY: not content.strip(),
        MINIFIED: is_minified,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _mean_line(content: bytes) -> float:
    return len(content) / (content.count(b"\n") + 1)
