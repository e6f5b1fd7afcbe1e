"""Line of a JSON lines file: an object that holds the text of a row under one key."""

import json
from collections.abc import Sequence

# Memory holds a line several times, and the text of a row in Parquet has less than 2 GiB.
MAX_LINE_BYTES = 1 << 30
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KEYS_SHOWN = 10
_KEY_CHARACTERS = 100
_JSON_NAMES = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "an array",
    tuple: "an object",
}


class LineError(ValueError):
    """Fault of a line; the message is the text behind `FILE: line NUMBER`."""


def text_of(line: bytes, keys: Sequence[str]) -> str | None:
    """Returns the text of a line: the string, or null, under the first of `keys` that the line's object has.

    Raises:
        LineError: The line is no JSON object, or its object has none of the keys, or has no string or null there.
    """
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f" has more than {MAX_LINE_BYTES:,} bytes; make shorter lines")
    fields = _parsed(line)
    if not isinstance(fields, dict):
        raise LineError(' is not an object; give lines such as {"text": "..."}')
    for key in keys:
        if key in fields:
            text = fields[key]
            if _is_repeated(line, key):
                raise LineError(f" has the key '{key}' twice; name another with --column, or mend the line")
            if text is None or isinstance(text, str):
                return text
            raise LineError(f": '{key}' is not a string (found {_JSON_NAMES[type(text)]}); name another with --column")
    missing = " or ".join(f"'{key}'" for key in keys)
    found = ", ".join(name[:_KEY_CHARACTERS] for name in list(fields)[:_KEYS_SHOWN])
    found += ", ..." if len(fields) > _KEYS_SHOWN else ""
    raise LineError(f": no {missing}; name the text's key with --column (found: {found or 'none'})")


def kind_of_first_line(line: bytes) -> str | None:
    """Returns what a file is whose first line is `line`, if the file is JSON, but not JSON lines; else None."""
    stripped = line.removeprefix(BYTE_ORDER_MARK).strip()
    if stripped.startswith(b"["):
        return "is a JSON array, not JSON lines; write each object on a line of its own, as `jq -c '.[]'` does"
    if stripped == b"{":
        return "is JSON on several lines, not JSON lines; write each object on one line, as `jq -c .` does"
    return None


def _parsed(line: bytes) -> object:
    # With its line end, a fault at the end of the line would be reported as column 1 of a second line.
    content = line.removeprefix(BYTE_ORDER_MARK).rstrip()
    try:
        return json.loads(content.decode())
    except json.JSONDecodeError as error:
        what = f"is not JSON ({error.msg}, column {error.colno})"
    except UnicodeDecodeError as error:
        what = f"is not JSON ({error.reason}, byte {error.start})"
    except RecursionError:
        what = "is nested too deeply"
    except ValueError:  # of Python's own limit for whole numbers
        what = "has a number with thousands of digits"
    except MemoryError:
        what = "is too long for the memory"
    raise LineError(f" {what}; mend the line or take it away")


def _is_repeated(line: bytes, key: str) -> bool:
    """Returns whether the line's object has the key more than once; `json.loads` would return the last value."""
    if line.count(b'"' + key.encode(errors="surrogatepass") + b'"') < 2:  # noqa: PLR2004 - once is the rule
        return False
    pairs: tuple[tuple[str, object], ...] = json.loads(
        line.removeprefix(BYTE_ORDER_MARK).decode(), object_pairs_hook=tuple
    )
    return sum(name == key for name, _ in pairs) > 1
