"""File names that are not UTF-8: as bytes for Arrow, as escapes for JSON, as words for a shell."""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest

from tokstats_parallel.errors import printable
from tokstats_parallel.system.file_names import arrow_name, is_utf8, json_values, shell_word

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


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    "name", ["plain", "a b", "it's", '$HOME `x` "y"', "%s\\n", NAME, f"{NAME} 'x' %d \\", "a\nb", "é"]
)
def test_a_shell_reads_a_word_as_the_path(name: str, shell: str) -> None:
    word = shell_word(Path("/x") / name)
    script = f"printf %s {word}"
    nested = f"{shutil.which('sh')} -c {shlex.quote(script)}"
    for line in (script, nested):
        done = subprocess.run([shutil.which(shell) or shell, "-c", line], capture_output=True, check=True)
        assert done.stdout == os.fsencode(f"/x/{name}")


def test_a_plain_path_stays_as_it_is() -> None:
    assert shell_word(Path("/shared/run-1")) == "/shared/run-1"
