"""Visible text: shows the characters that cannot be seen, or that change how others are shown.

Texts of a page may come from a corpus or from names of files. Readable texts of tokens have no such characters, but
may have some of a newer Unicode than that of Python, which have an escape as well.
"""

_ALLOWED = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""Spaces that are no plain ones, and that texts of this program may have."""


def visible(text: str) -> str:
    r"""Returns a text with an escape, such as `\u{202E}`, in the place of each control, format or lone character."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in _ALLOWED else f"\\u{{{ord(character):X}}}"
        for character in text
    )
