"""`docs/clusters.md` and README: their commands run, forms and messages are the program's, tables those of the code."""

import re
import shlex
from pathlib import Path

import pytest
from support.paths import ROOT
from support.places import Place, leave_out_schedulers, make_place

from tokstats_parallel.commands.main import main
from tokstats_parallel.tasks import task_number
from tokstats_parallel.tasks.task_number import find_task

PAGE = (ROOT / "docs" / "clusters.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SECTION = README[README.index("## Beyond one machine") : README.index("## In Python")]


def shown(text: str) -> list[list[str]]:
    return [block.splitlines() for block in re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for block in blocks for line in block.splitlines()]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    leave_out_schedulers(monkeypatch)
    return make_place(tmp_path)


def run(words: list[str], place: Place) -> int:
    """Runs a command of the page, on a small config and in a folder of the test's."""
    words = [word.replace("/shared", str(place.folder)).replace("4000", "80") for word in words]
    words = [str(place.config) if word == "configs/demo.json" else word for word in words]
    if words[0] == "plan":
        words += place.options[: place.options.index("--cache-dir")]
    return main([*words, *(["--workers", "1"] if words[0] == "work" else [])])


def form(line: str) -> str:
    """A line without what differs between runs: numbers and folders."""
    return re.sub(r"[\d.,:-]*\d%?", "#", re.sub(r"/[\w./-]+", "FOLDER", line)).replace("shards", "shard")


def forms(lines: list[str]) -> set[str]:
    return {form(line) for line in lines}


def forms_without_running(lines: list[str]) -> set[str]:
    """The forms of lines that a status has while no task runs."""
    return forms([re.sub(r", [\d:]+ left .*", "", line) for line in lines if not line.startswith("running: ")])


def block_with(word: str, text: str) -> list[str]:
    """The one block of output whose first line has a word."""
    (block,) = [block for block in shown(text) if word in block[0]]
    return block


def test_the_commands_run_and_print_what_is_shown(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan, work, status, merge, *later = commands(PAGE)
    assert later == [[*status, "--array"], status, merge]
    assert run(plan, place) == 0
    assert run(work, place) == 0
    capsys.readouterr()
    assert run([*status, "--array"], place) == 3
    assert re.fullmatch(r"1-3\n", capsys.readouterr().out)
    assert run(status, place) == 3
    assert forms_without_running(block_with("batches", PAGE)) <= forms(capsys.readouterr().out.splitlines())
    assert run(merge, place) == 3
    assert forms([capsys.readouterr().err.strip()]) == forms(block_with("incomplete", PAGE))
    for task in ("1", "2", "3"):
        assert run([task if word == "0" else word for word in work], place) == 0
    assert run(status, place) == 0
    assert run([*merge, "--quiet"], place) == 0


def test_the_four_commands_of_readme_run(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    plan, work, status, merge = commands(SECTION)
    assert run(plan, place) == 0
    assert run(work, place) == 0
    capsys.readouterr()
    assert run(status, place) == 3
    assert forms_without_running(block_with("batches", SECTION)) <= forms(capsys.readouterr().out.splitlines())
    for task in ("1", "2", "3"):
        assert run([task if word == "0" else word for word in work], place) == 0
    assert run(status, place) == 0
    assert run([*merge, "--quiet"], place) == 0


def test_the_refusals_are_those_of_the_program(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(commands(PAGE)[0], place) == 0
    capsys.readouterr()
    folder = str(place.folder / "run")
    assert main(["work", folder, "--task", "0", "--tasks", "5"]) == 2
    assert main(["work", folder, "--task", "4", "--tasks", "4"]) == 2
    others = capsys.readouterr().err.splitlines()
    monkeypatch.setenv("PBS_ARRAY_INDEX", "0")
    assert main(["work", folder]) == 2
    assert [*capsys.readouterr().err.splitlines(), *others] == block_with("PBS", PAGE)


def test_the_table_has_every_variable_in_its_order() -> None:
    rows = re.findall(r"^\| \w[\w ]* \| `(\w+)`(?:, minus (\d))? \|", PAGE, re.MULTILINE)
    assert [(name, int(first or 0)) for name, first in rows] == [tuple(source) for source in task_number._SOURCES]


@pytest.mark.parametrize(
    ("scheduler", "variable"),
    [
        ("PBS", "PBS_ARRAY_INDEX"),
        ("SGE", "SGE_TASK_ID"),
        ("LSF", "LSB_JOBINDEX"),
        ("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX"),
    ],
)
def test_the_array_of_a_scheduler_has_each_task_once(scheduler: str, variable: str) -> None:
    (line,) = re.findall(rf"^\| {scheduler} \| `(.*)` \|$", PAGE, re.MULTILINE)
    (tasks,) = re.findall(r"--tasks[ ,](\d)", line)
    first, last, size = re.findall(r"(?:-J |-t |\[)(\d)-(\d)|size=(\d)", line)[0]
    numbers = range(int(size)) if size else range(int(first), int(last) + 1)
    found = [find_task(None, int(tasks), planned=4, environment={variable: str(number)}) for number in numbers]
    assert found == [0, 1, 2, 3]


def test_the_other_messages_are_the_program_s() -> None:
    modules = "".join(path.read_text("utf-8") for path in (ROOT / "tokstats_parallel").rglob("*.py"))
    code, page = (re.sub(r'"\s+f?"|\s+', "", text) for text in (modules, PAGE))
    for message in (
        "on this machine are not those of the plan (",
        "was made by another version of tokstats-parallel (",
        "install the same version on all machines",
    ):
        words = message.replace(" ", "")
        assert words in code
        assert words in page
