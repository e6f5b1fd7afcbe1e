"""The script that measures words with marks reads compiled catalogs."""

import struct
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "marked_words.py"


def compiled(messages: dict[str, str]) -> bytes:
    """Returns a catalog in the format of GNU gettext: a header, two tables of (length, offset), and the strings."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    offset = 28 + 16 * len(pairs)
    tables, strings = b"", b""
    for side in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[side]), offset + len(strings))
            strings += pair[side] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + tables + strings


def test_a_line_for_each_language(tmp_path: Path) -> None:
    for language, text in (("hi", "में लिखा\nहै"), ("de", "auf Deutsch")):
        folder = tmp_path / "app" / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        header = "Content-Type: text/plain; charset=UTF-8\n"
        (folder / "django.mo").write_bytes(compiled({"": header, "a": text}))
    command = [sys.executable, str(SCRIPT), "hi", "de", "--catalogs", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines() == [
        "hi: 75.0% of 4 pretokens hold a letter and a mark",
        "de: 0.0% of 2 pretokens hold a letter and a mark",
    ]
