"""Progress of a run on stderr: a live bar on a terminal, plain lines elsewhere, or nothing.

The coordinator reports events to an observer (see `shards.observer`). A `RunStatus` keeps the state of the run, and a
thread shows it at intervals, even if no event has come.
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
from tokstats_parallel.display.status import Phase, RunStatus
from tokstats_parallel.shards.plan import Shard

LINE_SECONDS = 5.0
REFRESHES_PER_SECOND = 4
BAR_WIDTH = 40


class RunNotices(Notices):
    """Observer of a run that prints notices and ignores all events of the progress."""

    def converting(self, language: str, done: int, total: int) -> None:
        """Event: `done` of the `total` rows of a language's corpus are converted."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Event: the run is planned; `shards` are all its shards, `saved` the ones that an earlier run has saved."""

    def working(self, pids: Sequence[int]) -> None:
        """Event: the worker processes with these ids are running."""

    def finished(self, shard: Shard) -> None:
        """Event: a worker has finished `shard`."""

    def merging(self) -> None:
        """Event: all shards are finished and the merge begins."""


class _StatusKeeper(RunNotices):
    """Observer that keeps the status of a run; base class of the displays of progress."""

    def __init__(self, console: PatientConsole, status: RunStatus | None = None) -> None:
        super().__init__(console)
        self._status = status or RunStatus()

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


class Lines(_StatusKeeper):
    """Display of progress that prints a line when a phase begins or ends, and every `LINE_SECONDS`."""

    def __init__(self, console: PatientConsole, status: RunStatus | None = None) -> None:
        """Takes the console to write to, and the status of the run to update; None for a new status."""
        super().__init__(console, status)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        """Starts the thread that prints lines of progress."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the thread that prints lines of progress, and waits for its end."""
        self._ended.set()
        self._thread.join()

    def converting(self, language: str, done: int, total: int) -> None:
        """Updates the status of the run, and prints a line when all rows of the corpus are converted."""
        super().converting(language, done, total)
        if done >= total:
            self.note(f"converted {language}: {total:,} rows")

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Updates the status of the run, and prints a line about the batches and shards of the run."""
        super().planned(shards, saved)
        self.note(self._status.beginning())

    def _tick(self) -> None:
        while not self._ended.wait(LINE_SECONDS):
            if lines := self._status.lines():
                self.note("; ".join(lines))


class Bar(_StatusKeeper):
    """Display of progress that shows a live bar on a terminal, and removes the bar at the end."""

    def __init__(self, console: PatientConsole, status: RunStatus | None = None) -> None:
        """Takes the terminal to write to, and the status of the run to update; None for a new status."""
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
        """Shows the bar on the terminal."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Removes the bar from the terminal."""
        self._live.stop()


def render(status: RunStatus) -> RenderableType:
    """Draws the bar of a run, with sentences about the run's status beside and below; empty before the first phase."""
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
    """Makes the observer of a run that suits the options and the terminal.

    Args:
        quiet: True to show nothing at all.
        progress: True to show progress and notices, False to show notices only.
        console: Console to write to; None for stderr.
    """
    if quiet:
        return RunNotices(None)
    console = console or stderr_console()
    if not progress:
        return RunNotices(console)
    return Bar(console) if is_live(console) else Lines(console)


def is_live(console: Console) -> bool:
    """Tells whether a console can overwrite its lines; rich decides, but FORCE_COLOR alone does not suffice."""
    forced = "1" in (os.environ.get("TTY_COMPATIBLE"), os.environ.get("TTY_INTERACTIVE"))
    return console.is_interactive and (forced or console.file.isatty())
