"""The progress of a run: numbers under a simulated clock, lines in a file, a bar on a simulated terminal."""

import io
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from tokstats_parallel.display import progress
from tokstats_parallel.display.console import PatientConsole, stderr_console
from tokstats_parallel.display.progress import Bar, Lines, RunNotices, open_progress, render
from tokstats_parallel.display.status import RunStatus
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.wording import duration
from tokstats_parallel.system.workers_and_memory import WorkerMemory

SHARDS = [
    Shard("python", 0, 0, 64),
    Shard("python", 0, 64, 36),
    Shard("go", 0, 0, 50),
    Shard("go", 1, 0, 50),
]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def status(clock: Clock) -> RunStatus:
    return RunStatus(clock=clock, memory=lambda pids: WorkerMemory(210_000_000, 210_000_000 * len(pids)))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(file: io.StringIO, *, width: int = 80, environment: dict[str, str] | None = None) -> PatientConsole:
    return PatientConsole(
        file=file, width=width, highlight=False, emoji=False, markup=False, _environ=environment or {}
    )


def test_nothing_to_tell_at_the_start(status: RunStatus) -> None:
    assert status.lines() == []


def test_a_conversion(status: RunStatus, clock: Clock) -> None:
    status.convert("python", 0, 1000)
    clock.now += 2
    status.convert("python", 500, 1000)
    assert status.lines() == ["converting python: 500/1,000 rows (50%), 250.0 rows/s, 0:02 left"]
    status.convert("go", 0, 0)
    assert status.lines() == ["converting go: 0/0 rows (0%)"]


def test_a_replaced_worker_changes_no_rate(status: RunStatus, clock: Clock) -> None:
    status.plan(SHARDS, [])
    status.work([7, 8])
    clock.now += 4
    status.finish(SHARDS[0])
    status.work([7, 9])
    clock.now += 4
    assert status.rate() == 64 / 8


def test_draws_rate_languages_and_memory(status: RunStatus, clock: Clock) -> None:
    status.plan(SHARDS, [])
    status.work([7, 8])
    assert status.lines() == [
        "0/200 batches (0%)",
        "go 0/100, python 0/100",
        "2 workers: 420 MB of memory, 210 MB in the largest",
    ]
    clock.now += 4
    status.finish(SHARDS[0])
    assert status.lines()[:2] == [
        "64/200 batches (32%), 16.0 batches/s, 0:08 left",
        "go 0/100, python 64/100",
    ]
    for shard in SHARDS[1:]:
        status.finish(shard)
    status.merge()
    assert status.ending() == "200 batches in 0:04, 50.0 batches/s; merging"
    assert status.lines() == ["merging"]


def test_saved_shards_are_done_but_not_for_the_rate(status: RunStatus, clock: Clock) -> None:
    status.plan(SHARDS, {SHARDS[0], SHARDS[2]})
    status.work([7])
    assert (status.done, status.saved, status.rate(), status.seconds_left()) == (114, 114, None, None)
    assert status.beginning() == "200 batches from go, python, in 4 shards"
    clock.now += 5
    status.finish(SHARDS[3])
    assert status.rate() == 10
    assert status.seconds_left() == pytest.approx(3.6)
    status.finish(SHARDS[1])
    status.merge()
    assert status.ending().startswith("200 batches (114 of them from an earlier run) in 0:05, ")


def test_all_shards_saved(status: RunStatus) -> None:
    status.plan(SHARDS, SHARDS)
    status.work([])
    status.merge()
    assert status.ending() == "200 batches (200 of them from an earlier run) in 0:00; merging"


def test_memory_is_measured_once_a_second(clock: Clock) -> None:
    asked = []

    def memory(pids: Sequence[int]) -> WorkerMemory:
        asked.append(pids)
        return WorkerMemory(1, 2)

    status = RunStatus(clock=clock, memory=memory)
    status.plan(SHARDS, [])
    status.work([1, 2])
    for _ in range(10):
        status.lines()
        clock.now += 0.25
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (61, "1:01"), (3599.6, "1:00:00"), (36061, "10:01:01")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def tell_everything(observer: RunNotices) -> None:
    with observer:
        observer.note("a [bold] notice :smile:")
        observer.converting("go", 5, 10)
        observer.converting("go", 10, 10)
        observer.planned(SHARDS, SHARDS[:1])
        observer.working([])
        for shard in SHARDS[1:]:
            observer.finished(shard)
        observer.merging()


def test_lines_in_a_file(status: RunStatus, clock: Clock) -> None:
    file = io.StringIO()
    clock.now = 5.0
    tell_everything(Lines(console(file), status))
    assert file.getvalue().splitlines() == [
        "tokstats: a [bold] notice :smile:",
        "tokstats: converted go: 10 rows",
        "tokstats: 200 batches from go, python, in 4 shards",
        "tokstats: 200 batches (64 of them from an earlier run) in 0:00; merging",
    ]


def test_lines_come_also_while_nothing_happens(status: RunStatus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.01)
    written = threading.Semaphore(0)

    class Log(io.StringIO):
        def write(self, text: str) -> int:
            if "/200 batches" in text:
                written.release()
            return super().write(text)

    file = Log()
    with Lines(console(file), status) as observer:
        observer.planned(SHARDS, [])
        observer.working([3])
        assert all(written.acquire(timeout=10) for _ in range(3))
    line = "tokstats: 0/200 batches (0%); go 0/100, python 0/100; 1 workers: 210 MB of memory, 210 MB in the"
    assert line in file.getvalue()


def test_the_bar_goes_and_notices_stay(status: RunStatus) -> None:
    file = Terminal()
    tell_everything(Bar(console(file, environment={"TERM": "xterm"}), status))
    assert "tokstats: a [bold] notice :smile:\n" in file.getvalue()
    assert "200 batches (64 of them" in file.getvalue()
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_bar_fits_any_width(status: RunStatus, width: int) -> None:
    status.plan(SHARDS, [])
    status.work([1, 2])
    file = io.StringIO()
    console(file, width=width).print(render(status))
    assert max(map(len, file.getvalue().splitlines())) <= width
    assert "200" in file.getvalue()


def test_the_bar_shows_nothing_before_and_a_pulse_at_the_end(status: RunStatus) -> None:
    file = io.StringIO()
    console(file).print(render(status))
    assert not file.getvalue().strip()
    status.plan(SHARDS, SHARDS)
    status.merge()
    console(file).print(render(status))
    assert "merging" in file.getvalue()


@pytest.mark.parametrize(
    ("file", "environment", "kind"),
    [
        (Terminal, {"TERM": "xterm"}, Bar),
        (Terminal, {"TERM": "xterm", "NO_COLOR": "1"}, Bar),
        (Terminal, {"TERM": "dumb"}, Lines),
        (Terminal, {"TERM": "xterm", "TTY_INTERACTIVE": "0"}, Lines),
        (Terminal, {"TERM": "xterm", "TTY_COMPATIBLE": "0"}, Lines),
        (io.StringIO, {"TERM": "xterm"}, Lines),
        (io.StringIO, {"TERM": "xterm", "FORCE_COLOR": "1"}, Lines),
        (io.StringIO, {"TERM": "xterm", "TTY_COMPATIBLE": "1"}, Bar),
        (io.StringIO, {"TERM": "xterm", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0"}, Lines),
    ],
)
def test_a_bar_on_terminals_only(
    file: Callable[[], io.StringIO],
    environment: dict[str, str],
    kind: type[RunNotices],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
        if name in environment:
            monkeypatch.setenv(name, environment[name])
    shown = open_progress(quiet=False, progress=True, console=console(file(), environment=environment))
    assert type(shown) is kind


def test_quiet_shows_nothing_and_no_progress_shows_notices() -> None:
    file = io.StringIO()
    assert type(open_progress(quiet=True, progress=True, console=console(file))) is RunNotices
    tell_everything(open_progress(quiet=True, progress=False, console=console(file)))
    assert not file.getvalue()
    shown = open_progress(quiet=False, progress=False, console=console(file))
    assert type(shown) is RunNotices
    tell_everything(shown)
    assert file.getvalue() == "tokstats: a [bold] notice :smile:\n"


def test_a_reader_that_goes_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with suppress(BrokenPipeError), os.fdopen(writing, "w", encoding="utf-8") as pipe:  # it fails when it is closed
        monkeypatch.setattr(sys, "stderr", pipe)
        observer = RunNotices(stderr_console())
        observer.note("lost")
        observer.note("lost, too")
