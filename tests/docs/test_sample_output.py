"""README's sample output: the program prints such lines today, their numbers agree, and the speed is about today's."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support.corpora import write_parquet
from support.paths import CONFIGS, ROOT
from support.places import TYPED

README = (ROOT / "README.md").read_text("utf-8")
SHOWN = next(text for text in re.findall(r"^```text\n(.*?)^```", README, re.DOTALL | re.MULTILINE) if "Unique" in text)
LANGUAGES = ("cpp", "markdown", "python")
BATCHES = 200
TOKEN = re.compile(r"(\S+)[ \N{NO-BREAK SPACE}](\d+) %")


def number(pattern: str, text: str = SHOWN) -> float:
    """The one number that a pattern finds in the sample, thousands separated."""
    [found] = re.findall(pattern, text)
    return float(found.replace(",", ""))


def seconds(clock: str) -> int:
    minutes, rest = clock.split(":")
    return 60 * int(minutes) + int(rest)


def form(line: str) -> str:
    """A line without what differs between runs: numbers, times, sizes, languages, tokens, folders."""
    if line.startswith("tokstats: workers: "):  # its reasons depend on the machine
        return "tokstats: workers: "
    if TOKEN.search(line):  # the tokens of a language; a second line has only tokens
        return "tokens"
    line = re.sub(r"/\S*/", "", line)
    line = re.sub(r"\b\d+:\d\d(:\d\d)?\b", "TIME", line)
    line = re.sub(r"\d(?:[\d,.]*\d)?(?: (?:GB|MB)\b)?", "#", line)
    line = re.sub(rf"\b(?:{'|'.join(LANGUAGES)})\b", "LANGUAGE", line)
    return re.sub(r"(LANGUAGE(?: [#/]+)?)(?:, LANGUAGE(?: [#/]+)?)+", r"\1", line)


def forms(text: str) -> set[str]:
    return {form(line) for line in text.splitlines() if line.strip()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's config, over the interpreter's own sources in place of the demo's corpus."""
    folder = tmp_path_factory.mktemp("demo")
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    texts = [path.read_text("utf-8", errors="replace") for path in files]
    for index, language in enumerate(LANGUAGES):
        write_parquet(folder / "train" / f"{language}.parquet", texts[index::3])
    config = json.loads((CONFIGS / "demo.json").read_text("utf-8")) | {"train_directory": str(folder / "train")}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    """A run's stderr and stdout; lines of its progress come more often than usual."""
    script = (
        "import sys; from tokstats_parallel.display import progress; progress.LINE_SECONDS = 0.02;"
        "from tokstats_parallel.commands.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["config.json", "--num-batches", str(BATCHES), "--cache-dir", "cache", *TYPED]
    command = [sys.executable, "-c", script, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def test_the_lines_are_those_of_the_program(printed: str) -> None:
    shown, today = forms(SHOWN), forms(printed)
    assert shown - today == set(), "README shows lines that the program does not print"
    first = {line for line in today if not line.startswith("tokstats: ")}
    assert first - shown == set(), "the program prints lines that README does not show"


def test_the_numbers_agree() -> None:
    batches = number(r"Total batches: +([\d,]+)")
    assert batches == number(r"make run.*collects ([\d,]+) batches", README)
    average = number(r"Average per batch: +([\d,.]+)")
    assert number(r"Total occurrences: +([\d,]+)") == batches * average
    size, special = re.findall(r"here ([\d,]+), plus .* here (\d+)\.", README.replace("\n", " "))[0]
    assert average == float(size.replace(",", "")) + int(special)
    assert average < number(r"Unique tokens: +([\d,]+)") < batches * average
    [languages] = re.findall(r"^Languages: +(.*)$", SHOWN, re.MULTILINE)
    counts = {name: int(count) for name, count in (entry.split() for entry in languages.split(", "))}
    assert sorted(counts) == sorted(LANGUAGES)
    assert sum(counts.values()) == batches
    for line in re.findall(r"^tokstats: .*/1,000 batches .*$", SHOWN, re.MULTILINE):
        done, percent = re.findall(r"([\d,]+)/1,000 batches \((\d+)%\)", line)[0]
        parts = {name: (int(part), int(whole)) for name, part, whole in re.findall(r"(\w+) (\d+)/(\d+)", line)}
        assert {name: whole for name, (_, whole) in parts.items()} == counts
        assert sum(part for part, _ in parts.values()) == int(done)
        assert round(int(done) / 10) == int(percent)
    rows = dict(re.findall(rf"^({'|'.join(LANGUAGES)})  +(.*)$", SHOWN.partition("held them:")[2], re.MULTILINE))
    assert list(rows) == list(counts)
    for row in rows.values():
        shares = [int(share) for _, share in TOKEN.findall(row)]
        assert len(shares) > 5
        assert shares == sorted(shares, reverse=True)


def test_the_times_agree() -> None:
    batches = number(r"Total batches: +([\d,]+)")
    [(clock, rate)] = re.findall(r"1,000 batches in (\d+:\d\d), ([\d.]+) batches/s; merging", SHOWN)
    assert abs(batches / float(rate) - seconds(clock)) <= 1
    time = number(r"Time: +([\d.]+) s")
    assert batches / float(rate) <= time < 2 * batches / float(rate) + 2
    promised = number(r"After the build,\s`make run` takes about (\d+)\sseconds", README)
    assert time <= promised < 2 * time + 5


def test_the_speed_is_about_that_of_a_run_today(printed: str) -> None:
    """A machine that is busy, or slower, draws fewer batches a second; a version four times as fast draws more."""
    [shown] = re.findall(r"([\d.]+) batches/s; merging", SHOWN)
    [today] = re.findall(r"([\d.]+) batches/s; merging", printed)
    assert float(today) / 4 < float(shown) < float(today) * 40
