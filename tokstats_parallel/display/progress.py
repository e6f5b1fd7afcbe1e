"""What a run says while it goes on, to stderr: a live bar on a terminal, plain lines elsewhere, or nothing.

The coordinator tells an observer what happens (see `coordinator.Observer`); a `Status` keeps it; a thread shows it
every so often, also while nothing happens.
"""

import os
import threading
from collections.abc import Collection, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tokstats_parallel.display.console import PatientConsole, stderr_console
from tokstats_parallel.display.notices import Notices
from tokstats_parallel.display.status import Phase, Status
from tokstats_parallel.shards.plan import Shard

LINE_SECONDS = 5.0
REFRESHES_PER_SECOND = 4
BAR_WIDTH = 40


class RunNotices(Notices):
    """Shows notices of a run only."""

    def converting(self, language: str, done: int, total: int) -> None:
        """So many of a corpus's rows are converted."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """These are all shards of the run, and those that an earlier run has left."""

    def working(self, pids: Sequence[int]) -> None:
        """These are the worker processes."""

    def finished(self, shard: Shard) -> None:
        """A shard has ended."""

    def merging(self) -> None:
        """All shards have ended."""


class _Following(RunNotices):
    """Keeps a status of the run."""

    def __init__(self, console: PatientConsole, status: Status | None = None) -> None:
        super().__init__(console)
        self._status = status or Status()

    def converting(self, language: str, done: int, total: int) -> None:
        self._status.convert(language, done, total)

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        self._status.plan(shards, saved)

    def working(self, pids: Sequence[int]) -> None:
        self._status.work(pids)

    def finished(self, shard: Shard) -> None:
        self._status.finish(shard)

    def merging(self) -> None:
        self._status.merge()
        self.note(self._status.ending())


class Lines(_Following):
    """Shows a line when something begins or ends, and every `LINE_SECONDS`."""

    def __init__(self, console: PatientConsole, status: Status | None = None) -> None:
        """Takes the console to write to, and the status to keep."""
        super().__init__(console, status)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        """Begins to show."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shows no more."""
        self._ended.set()
        self._thread.join()

    def converting(self, language: str, done: int, total: int) -> None:
        """Keeps it in mind, and says so when a corpus is whole."""
        super().converting(language, done, total)
        if done >= total:
            self.note(f"converted {language}: {total:,} rows")

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Keeps it in mind, and says what lies ahead."""
        super().planned(shards, saved)
        self.note(self._status.beginning())

    def _tick(self) -> None:
        while not self._ended.wait(LINE_SECONDS):
            if lines := self._status.lines():
                self.note("; ".join(lines))


class Bar(_Following):
    """Shows a live bar, which is gone when all is done."""

    def __init__(self, console: PatientConsole, status: Status | None = None) -> None:
        """Takes the terminal to write to, and the status to keep."""
        super().__init__(console, status)
        self._live = Live(
            console=console,
            get_renderable=lambda: render(self._status),
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        """Shows the bar."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the bar away."""
        self._live.stop()


def render(status: Status) -> RenderableType:
    """The bar with what is known beside and below it; nothing where nothing goes on."""
    lines = status.lines()
    if not lines:
        return Text()
    bar = ProgressBar(
        total=max(1, status.total),
        completed=status.done,
        width=BAR_WIDTH,
        pulse=status.phase is Phase.MERGING,
    )
    first = Table.grid(padding=(0, 1))
    first.add_row(bar, Text(lines[0]))
    return Group(first, *(Text(line, style="dim") for line in lines[1:]))


def open_progress(*, quiet: bool, progress: bool, console: PatientConsole | None = None) -> RunNotices:
    """The observer that fits the options and the terminal.

    Args:
        quiet: Show nothing at all.
        progress: Show more than notices.
        console: Where to; stderr where it is None.
    """
    if quiet:
        return RunNotices(None)
    console = console or stderr_console()
    if not progress:
        return RunNotices(console)
    return Bar(console) if is_live(console) else Lines(console)


def is_live(console: Console) -> bool:
    """Whether lines can be written over: rich's answer, but FORCE_COLOR alone makes no terminal of a file."""
    forced = "1" in (os.environ.get("TTY_COMPATIBLE"), os.environ.get("TTY_INTERACTIVE"))
    return console.is_interactive and (forced or console.file.isatty())
