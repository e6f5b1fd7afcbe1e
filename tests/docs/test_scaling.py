"""The page on scaling: its tables are what the page's constants give, by the plan and the schedule of a run."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.paths import ROOT
from support.places import make_place
from support.runs import small_job

from tokstats_parallel.commands.main import main
from tokstats_parallel.commands.simulate import table_lines
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.shards.plan import FILL_COST, MERGE_COST, count_shards, plan
from tokstats_parallel.simulate.costs import Costs, StreamCosts
from tokstats_parallel.simulate.timetable import Timetable, timetable
from tokstats_parallel.validate.token_growth import TokenGrowth

PAGE = (ROOT / "docs" / "scaling.md").read_text("utf-8")
LANGUAGES = ("python", "cpp", "markdown")
CONSTANTS = {
    name: float(value.replace(",", ""))
    for name, value in re.findall(r"^\| ([a-z][^|]*) \| ([\d.,]+)(?: [a-z]+)? \|", PAGE, re.MULTILINE)
}


def job_of(batches: int) -> Job:
    return small_job(languages=tuple(Language(name, 1.0) for name in LANGUAGES), num_batches=batches, batches=16)


def costs() -> Costs:
    """Returns the costs that the page's table of constants has."""
    growth = TokenGrowth(
        draws=64, tokens=int(CONSTANTS["tokens in 64 draws"]), fewer_tokens=int(CONSTANTS["tokens in 21 draws"])
    )
    stream = StreamCosts(
        fill_seconds=CONSTANTS["filling a pool"] / 1e3, draw_seconds=CONSTANTS["a draw"] / 1e3, growth=growth
    )
    return Costs(
        start_seconds=CONSTANTS["start"],
        streams=dict.fromkeys(LANGUAGES, stream),
        save_seconds=CONSTANTS["saving a partial"] / 1e3,
        check_seconds=CONSTANTS["checking a partial"] / 1e3,
        merge_seconds=CONSTANTS["merging an entry of a partial"] / 1e9,
        write_seconds=CONSTANTS["writing a token of the result"] / 1e9,
        entry_bytes=CONSTANTS["an entry of a partial"],
        token_bytes=CONSTANTS["a token of the result"],
        distinct_share=CONSTANTS["share of the tokens of all languages that the result has"],
    )


def simulated(batches: int, workers: int, tasks: int = 1) -> Timetable:
    return timetable(job_of(batches), costs(), workers, tasks=tasks)


def blocks() -> list[list[str]]:
    return [block.splitlines() for block in re.findall(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize(
    ("number", "batches", "tasks"), [(0, 1000, 1), (1, 200_000, 1), (2, 1_000_000, 1), (3, 1_000_000, 1000)]
)
def test_the_tables_are_what_the_constants_give(number: int, batches: int, tasks: int) -> None:
    counts = [int(line.split()[0].replace(",", "")) for line in blocks()[number][1:]]
    tables = [simulated(batches, count, tasks) for count in counts]
    assert blocks()[number] == table_lines(tables, simulated(batches, 1))
    assert {16, 64, 1000, 10_000} <= set(counts) or tasks > 1


def test_the_sentences_say_what_the_tables_say() -> None:
    batches = 200_000
    most = count_shards(job_of(batches))
    assert f"at {batches:,} batches it is {most}" in PAGE
    assert (batches / MERGE_COST) ** 0.5 == pytest.approx(most, rel=0.1)
    alone, many = simulated(batches, 1), simulated(batches, 1000)
    serial = many.start_seconds + many.check_seconds + many.merge_seconds + many.write_seconds
    assert f"more than {alone.seconds / serial:.0f} times" in PAGE


def test_the_cut_of_a_short_run_serves_few_and_many_workers() -> None:
    """The shares that the page gives for six languages, in draws, by the schedule of a run."""
    six = replace(job_of(1000), languages=tuple(Language(name, 1.0) for name in "abcdef"))
    for workers in (2, 64):
        assert f"{len(plan(six, workers=workers))} shards" in PAGE
    assert f"{FILL_COST * 15:.0f} draws" in PAGE


def test_the_commands_of_the_page_print_such_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    place = make_place(tmp_path)
    lines = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)).splitlines()
    assert [line.split()[:2] for line in lines] == [["tokstats", "simulate"]] * 2
    for line in lines:
        words = line.replace("configs/demo.json", "config.json").split()[1:]
        assert main([*words, *place.options[: place.options.index("--workers")]]) == 0
        title = capsys.readouterr().out.splitlines()[4]
        assert title.split() == blocks()[0][0].split()


def test_the_differences_are_those_of_the_checked_runs() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| (\d) \| ([\d.]+) s \| ([\d.]+) s \| (-?[\d.]+) % \|$", PAGE, re.MULTILINE)
    assert [workers for _, workers, *_ in rows] == ["1", "2"] * 2
    for _, _, measured, expected, percent in rows:
        assert float(percent) == pytest.approx(100 * (float(expected) / float(measured) - 1), abs=0.06)
        assert abs(float(percent)) < 15
