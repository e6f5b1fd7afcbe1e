"""README's commands and Python run, its output and messages are the program's; what other pages name is there."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from benchmark.report import Report, markdown
from benchmark.rows import FULL, rows
from support.paths import ROOT
from support.places import Place, make_place

from tokstats_parallel.commands.main import main

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands(program: str) -> list[list[str]]:
    """The command lines outside the sections that `test_answers`, `test_clusters` and `test_report_page` run."""
    rest = re.sub(r"^## (?:See it|Answers|Beyond one machine)\n.*?(?=^## )", "", README, flags=re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"^```sh\n(.*?)^```", rest, re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith(program)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


@pytest.fixture
def published(place: Place) -> Path:
    """A working directory as README supposes it: configs, scripts, and sources for the six languages."""
    for folder in ("configs", "scripts"):
        shutil.copytree(ROOT / folder, place.folder / folder)
    sources = place.folder / "sources"
    sources.mkdir()
    for ending in ("py", "js", "java", "cpp", "go", "issues"):
        for number in range(30):
            (sources / f"{number}.{ending}").write_text(f"value_{number} = {ending}_{number}\n" * 40, "utf-8")
    return place.folder


def run(words: list[str]) -> None:
    """Runs a script's command line with the options that need neither a hub nor much time."""
    short = ["--special-tokens", "<s>,</s>", "--eos-token", "</s>", "--workers", "1", "--cache-dir", "cache"]
    options = ["--from-dir", "sources", "--map", ".issues=github-issues-filtered-structured"]
    preparing = any("prepare" in word for word in words[:3])
    replaced = re.sub(
        r"(num.batches) (?:(5000)|1000)",
        lambda match: f"{match[1]} {6 if match[2] else 4}",
        shlex.join([*words, *(options if preparing else short)]).replace("/data/code", "data/train"),
    )
    replaced = replaced.replace("2000000", "20").replace("--out-valid-dir data/valid", "")
    command = shlex.split(replaced)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_commands_for_the_published_config_run_in_their_order(published: Path) -> None:
    listed = commands("tokstats")
    assert [words[1] for words in listed] == ["prepare", "validate", *["collect"] * 4]
    for words in listed:
        run(["-m", "tokstats_parallel", *words[1:]])
    assert (published / "frequencies.json").exists()
    assert json.loads((published / "more.manifest.json").read_text("utf-8"))["batches"] == 6
    assert not (published / "more.json.work").exists()


def test_the_old_command_lines_run(published: Path) -> None:
    prepared, collected = [words[1:] for words in reversed(commands("python"))]
    run(prepared)
    languages = prepared[prepared.index("--include_langs") + 1 :]
    config = published / "configs" / "code_only.txt"
    config.write_text("".join(f"{language},1\n" for language in languages), "utf-8")
    run(collected)
    assert (published / "x.json").exists()


def test_make_has_the_two_commands() -> None:
    for words in commands("make"):
        make = shutil.which("make") or "make"
        done = subprocess.run([make, "-n", words[1]], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert [words[1] for words in commands("make")] == ["run", "test"]


def test_the_python_runs(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.folder / "cache"))
    assert main([str(place.config), "--num-batches", "6", "--quiet", *place.options]) == 0
    # pandas draws with matplotlib, which is in no extra; this stands in for it.
    drawn: list[int] = []
    plots = ModuleType("plots")
    vars(plots)["plot"] = lambda data, **_options: drawn.append(len(data))
    monkeypatch.setitem(sys.modules, "plots", plots)
    with pd.option_context("plotting.backend", "plots"):
        for block in blocks("python"):
            exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own text
    assert drawn
    assert "count_python" in capsys.readouterr().out


def test_the_output_has_the_program_s_form(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(place.config), "--num-batches", "6", "--no-progress", *place.options]) == 0
    printed = capsys.readouterr().out
    shown = next(text for text in blocks("text") if "Total batches" in text)

    def labels(text: str) -> list[str]:
        return re.findall(r"^([A-Z0-9][a-z A-Z0-9,]*):", text, re.MULTILINE)

    assert labels(shown) == labels(printed)


def test_the_messages_to_troubleshoot_are_the_program_s() -> None:
    section = README[README.index("## Troubleshooting") : README.index("## Speed")]
    shown = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    assert len(shown) == 14
    modules = "".join(path.read_text("utf-8") for path in (ROOT / "tokstats_parallel").rglob("*.py"))
    for row in shown:
        message = re.findall("`([^`]*)`", row)[0].removeprefix("…/python.parquet: ")
        for words in message.split("SIGKILL"):
            assert words.strip() in modules, message


def test_every_option_of_collect_is_explained() -> None:
    table = README[README.index("| option of `collect`") : README.index("Exit codes")]
    named = set(re.findall(r"`(--[a-z-]+)", table))
    help_text = (ROOT / "tests" / "golden" / "help_collect.txt").read_text("utf-8")
    assert named == set(re.findall(r"(--[a-z-]+)", help_text)) - {"--help"}


def test_the_performance_is_the_benchmark_s() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    report = Report.read(ROOT / "bench" / "results" / "reference.json")
    assert markdown(report) in page
    table = re.findall(r"^\| ([^|]*) \| ([^|]*) \|", page, re.MULTILINE)[2:]
    assert [label for label, _ in table] == [row.label for row in rows(FULL, len(report.languages))]
    measured = dict(table)
    section = README[README.index("## Speed") : README.index("## How it works")].replace("\n", " ")
    shown = re.findall(r"takes ([\d.]+ ms)|(\d+) times|take ([\d.]+ s) with two|needs (\d+ MB)", section)
    batch, times, run, memory = ("".join(found) for found in shown)
    assert batch == measured["a whole batch"]
    assert (
        times == f"{float(measured['a whole batch, times as fast as the split alone by `tokenizers`'].split()[0]):.0f}"
    )
    assert run == f"{float(measured['1,000 batches, six languages, 2 workers, whole process'].split()[0]):.1f} s"
    assert memory == measured["memory of a worker, 10,000 batches"]


def test_the_tests_that_the_documentation_names_are_there() -> None:
    pages = sorted((ROOT / "docs").glob("*.md"))
    assert ".py::test_" in "".join(page.read_text("utf-8") for page in pages)
    for page in pages:
        for name, test in re.findall(r"\b((?:\w+/)*test_\w+\.py)(?:::(test_\w+))?", page.read_text("utf-8")):
            path = ROOT / "tests" / name.removeprefix("tests/")
            assert path.exists(), f"{page.name}: {name}"
            assert f"def {test}" in path.read_text("utf-8"), f"{page.name}: {name}::{test}"
