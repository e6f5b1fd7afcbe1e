"""Output of an answer: formats, files, and files that must not be replaced."""

import csv
import io
import json
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tokstats_parallel.commands.answer_options import AnswerOptions
from tokstats_parallel.commands.answer_output import answer_format, check_output, csv_text, json_text, write_answer
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.errors import ConfigError, OutputError


class Hostile:
    """Answer whose values are hard to write."""

    rows: Sequence[Sequence[object]] = (("Ġa,b", 1, None), ('"', 2, 0.5), ("a\r\nb", 3, True))

    def to_json(self) -> dict[str, Any]:
        return {"schema_version": 1, "tokens": ["Ġ", "\x1b[31m"]}

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        return ("token", "count", "share"), self.rows


def show(console: PatientConsole) -> None:
    console.put("a table")


def test_json_is_one_ascii_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_answer(Hostile(), AnswerOptions(json=True), show)
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == Hostile().to_json()


def test_csv_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    write_answer(Hostile(), AnswerOptions(csv=True), show)
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows == [["token", "count", "share"], ["Ġa,b", "1", ""], ['"', "2", "0.5"], ["a\r\nb", "3", "true"]]


@pytest.mark.parametrize("text", ["\r", ";\r", "a\rb", "\n", "\r\n", "a\r\n", '"\r"'])
def test_line_breaks_of_csv_are_quoted(text: str) -> None:
    class Broken(Hostile):
        rows = ((text, 1, None), ("plain", 2, text))

    written = csv_text(Broken())
    assert list(csv.reader(io.StringIO(written, newline="")))[1:] == [[text, "1", ""], ["plain", "2", text]]
    assert written.startswith("token,count,share\n")
    assert written.endswith('"\n')


def test_csv_has_the_bytes_of_a_word_that_is_not_utf8_as_json_has_them() -> None:
    class Typed(Hostile):
        rows = (("caf\udce9", False, None),)

        def to_json(self) -> dict[str, Any]:
            return {"schema_version": 1, "typed": "caf\udce9"}

    assert csv_text(Typed()).splitlines()[1] == r"caf\xe9,false,"
    assert json.loads(json_text(Typed()))["typed"] == r"caf\xe9"


def test_the_table_goes_to_stdout_and_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_answer(Hostile(), AnswerOptions(), show)
    assert capsys.readouterr().out == "a table\n"
    write_answer(Hostile(), AnswerOptions(output_file=tmp_path / "answer.txt"), show)
    assert (tmp_path / "answer.txt").read_text("utf-8") == "a table\n"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "form"), [("a.json", "json"), ("A.CSV", "csv"), ("a", "table"), ("json", "table"), ("a.txt", "table")]
)
def test_the_ending_names_the_format(name: str, form: str) -> None:
    assert answer_format(AnswerOptions(output_file=Path(name))) == form
    assert answer_format(AnswerOptions(output_file=Path(name), csv=True)) == "csv"


def test_two_formats_are_refused() -> None:
    with pytest.raises(ConfigError, match="--csv and --json name different formats"):
        check_output(AnswerOptions(json=True, csv=True))


def test_a_dash_is_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    options = AnswerOptions(output_file=Path("-"), csv=True)
    check_output(options)
    write_answer(Hostile(), options, show)
    assert capsys.readouterr().out == csv_text(Hostile())


def test_an_existing_file_is_replaced_only_with_force(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("mine", "utf-8")
    options = AnswerOptions(output_file=file)
    with pytest.raises(OutputError, match="is there already; replace it with --force"):
        check_output(options)
    with pytest.raises(OutputError, match="is there already; replace it with --force"):
        write_answer(Hostile(), options, show)
    assert file.read_text("utf-8") == "mine"
    forced = AnswerOptions(output_file=file, force=True)
    check_output(forced)
    write_answer(Hostile(), forced, show)
    assert file.read_text("utf-8").startswith("token,")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_an_empty_file_is_replaced_and_a_link_stays(tmp_path: Path) -> None:
    (tmp_path / "target.json").touch()
    link = tmp_path / "link"
    link.symlink_to("target.json")
    options = AnswerOptions(output_file=link, json=True)
    check_output(options)
    write_answer(Hostile(), options, show)
    assert link.is_symlink()
    assert json.loads((tmp_path / "target.json").read_bytes()) == Hostile().to_json()
    assert stat.S_IMODE((tmp_path / "target.json").stat().st_mode) & 0o111 == 0


def test_what_the_command_reads_is_never_replaced(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    result.write_text("{}", "utf-8")
    with pytest.raises(OutputError, match="would replace what the run reads"):
        check_output(AnswerOptions(output_file=result, force=True), [result])


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in {
        "folder": "is a folder",
        "pipe": "is a pipe",
        "no/such": "no such folder",
        "a" * 250: "too long",
    }.items():
        with pytest.raises(OutputError, match=said):
            check_output(AnswerOptions(output_file=tmp_path / name, force=True))
