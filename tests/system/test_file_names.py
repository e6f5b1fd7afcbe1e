"""File names that are not UTF-8: as bytes for Arrow, as escapes for JSON."""

import json
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.errors import printable
from tokstats_parallel.system.file_names import arrow_name, is_utf8, json_values

NAME = "caf\udce9"


def test_arrow_opens_a_file_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"abc")
    with pa.OSFile(arrow_name(tmp_path / NAME)) as file:
        assert file.read() == b"abc"


def test_json_has_escapes_for_bytes_that_are_not_utf8() -> None:
    value = {NAME: [f"/{NAME}/x", ("é", "\ud800"), 3, None, True, 1.5]}
    assert json_values(value) == {r"caf\xe9": [r"/caf\xe9/x", ["é", r"\ud800"], 3, None, True, 1.5]}
    json.dumps(json_values(value), ensure_ascii=False).encode()


def test_messages_show_the_bytes_of_a_name() -> None:
    assert printable(f"{NAME}\n") == r"caf\xe9\n"


def test_what_is_utf8() -> None:
    assert is_utf8("é 👩 \x00")
    assert not is_utf8(NAME)
    assert not is_utf8("\ud800")
