"""Reads a config file and `--set` assignments, whose values are not validated here."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokstats_parallel.errors import ConfigError, TokstatsError, machine_failure, not_readable_now, reason
from tokstats_parallel.system.regular_file import require_regular_file


class _Object(dict[str, object]):
    """Object of a JSON text, which remembers the keys that the text has more than once."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.repeated = [key for key, count in counts.items() if count > 1]


def read_config(path: Path) -> dict[str, object]:
    """Reads a config file and returns its JSON object: key -> unchecked value.

    Raises:
        ConfigError: The file is missing, unreadable, not JSON (the message has line and column) or not a JSON object,
            or a key is there twice.
    """
    try:
        values = json.loads(_text(path), object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}: line {error.lineno}, column {error.colno}: not JSON ({error.msg}); "
            "correct it there: JSON has double quotes, no comments and no comma after the last entry"
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets nested too deep
        raise ConfigError(f"{path}: not a JSON config ({error}); give the training's config file") from error
    if not isinstance(values, _Object):
        keys = '{"train_directory": ..., "langs": ..., ...}'
        raise ConfigError(f"{path}: not a JSON object but {_kind(values)}; a config looks like {keys}")
    if values.repeated:
        keys = ", ".join(map(repr, values.repeated))
        raise ConfigError(f"{path}: more than one value for {keys}; keep the one that is meant")
    return dict(values)


def _text(path: Path) -> str:
    try:
        require_regular_file(path, or_open_pipe=True)
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such config file; give the path of the training's JSON config") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: a folder, not a config; give the JSON file that is in it") from error
    except OSError as error:
        if failure := machine_failure(error):
            raise TokstatsError(not_readable_now(str(path), failure)) from error
        raise ConfigError(f"{path}: unreadable ({reason(error)}); check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text in UTF-8 (byte {error.start}); save the config as UTF-8") from error


def _kind(value: object) -> str:
    return {list: "a list", str: "a string", type(None): "null"}.get(type(value), "a single value")


def parse_assignments(assignments: Iterable[str]) -> dict[str, object]:
    """Parses the `key=value` words of `--set` into key -> value; a value that is not JSON becomes a string.

    Raises:
        ConfigError: An assignment has no key or no `=`, or two assignments have the same key.
    """
    values: dict[str, object] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        key = key.strip()
        if not key or not equals:
            raise ConfigError(f"--set {assignment!r}: must be key=value, such as --set n_pools=2")
        if key in values:
            raise ConfigError(f"--set {key}: was set twice; set it once")
        values[key] = _json_or_string(value)
    return values


def _json_or_string(value: str) -> object:
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed
