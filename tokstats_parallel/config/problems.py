"""Problems: describes the bad fields that `Settings` has found, for messages."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

_MAX_SHOWN_CHARACTERS = 60
_EXPECTED = {  # pydantic's own messages round a large bound
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le} or less",
    "string_unicode": "is not UTF-8; give it a name in UTF-8, or start the command in its folder",
    "value_error": "{error}",
}


def problems(error: ValidationError, flags: Mapping[str, str]) -> list[str]:
    """Describes each bad field and its value.

    Args:
        error: Errors of all bad fields.
        flags: Field -> flag of the command line that has set the field; the description then names the flag.
    """
    return [_problem(detail["type"], detail, flags) for detail in error.errors(include_url=False)]


def _problem(kind: str, detail: Mapping[str, Any], flags: Mapping[str, str]) -> str:
    field = str(detail["loc"][0])
    if kind == "missing":
        return f"{field} is missing"
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**detail.get("ctx", {}))
    else:
        expected = detail["msg"].replace("Input should be", "must be").replace("String should have", "must have")
    return f"{flags.get(field, field)} {expected} (found {shown(detail['input'])})"


def shown(value: object) -> str:
    """Returns a value of a config as JSON, shortened if it is long, for a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else f"{text[:_MAX_SHOWN_CHARACTERS]}..."
