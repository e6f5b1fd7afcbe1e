"""Holder of a claim: a thread beats, until the claim is given back or lost.

Each beat looks into the file first: where another process has written into it, this one was silent for so long that the
other has taken over, and it must stop. A holder that was stopped and wakes up, or whose beats could not be written,
does not rely on its claim. It makes the next generation itself, as any other process would: only one of them can. So it
goes on if nobody has taken over, and it stops if somebody has, or if the file still cannot be written.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import OutputError, TokstatsError, reason, remedy
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import TAKEN_OVER, Claim, GoneError, NotMineError
from tokstats_parallel.system.claims.taking import Taken, Taking
from tokstats_parallel.system.clock import seconds_with_sleep
from tokstats_parallel.system.process_identity import new_writer_name, this_process


class ClaimLostError(TokstatsError):
    """Another process has taken over the claim of this process, or has removed it."""

    exit_code = 3


class Holder:
    """Holder of one claim.

    Attributes:
        taken: Generation of the claim when it was taken, and the holder before.
        generation: Generation of the claim now.
        lost: Error that says why the claim is lost; None as long as this process holds it.
    """

    def __init__(self, taking: Taking, claim: Claim, taken: Taken) -> None:
        """Takes the argument and the result of `taking.take`."""
        self._taking, self._claim = taking, claim
        self.generation, self._last = taken.generation, taken.since
        self._changing = threading.Lock()
        self.taken = taken
        self.lost: TokstatsError | None = None

    @property
    def writer(self) -> str:
        """Name of this holder among all processes that write files into the folder."""
        return self._claim.writer

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Changes facts about the work; the next beat writes them."""
        with self._changing:
            self._claim = replace(self._claim, facts={**self._claim.facts, **facts})

    def beat(self, *, ended: bool = False) -> None:
        """Writes a sign of life into the claim file, and looks whether the claim is still held; if not, sets `lost`.

        Errors are passed over until the last beat that was written is too old.

        Args:
            ended: Whether the claim is given back.
        """
        with self._changing:
            self._claim = replace(self._claim, beat=self._claim.beat + 1, ended=ended)
        now = seconds_with_sleep()
        overdue = now - self._last > self._taking.limits.give_up
        try:
            if overdue:
                self._make_next()
            else:
                claim_file.rewrite(self._path(self.generation), self._claim)
                if ended:
                    self._look_for_another()
            self._last = now
        except NotMineError as error:
            if not (ended and isinstance(error, GoneError)):  # a finished run may have been merged and removed
                self.lost = ClaimLostError(
                    f"{self._taking.what}: this process stops, because {error}; what is saved is kept"
                )
        except Exception as error:  # noqa: BLE001 - a holder without beats is worse than any error
            if overdue:
                self.lost = OutputError(
                    f"{self._path(self.generation)}: cannot be written for {now - self._last:.0f} s "
                    f"({reason(error)}); {remedy(error)} and run the same command again"
                )

    def _make_next(self) -> None:
        try:
            claim_file.make(self._path(self.generation + 1), self._claim)
        except FileExistsError as error:
            raise NotMineError(TAKEN_OVER) from error
        self.generation += 1

    def _look_for_another(self) -> None:
        """Raises `NotMineError` if there is a higher generation.

        The folder is listed, because a look at a missing file may be remembered on network file systems.
        """
        folder, name = self._taking.folder, self._taking.name
        if claim_file.highest_generations(folder).get(name, 0) > self.generation:
            raise NotMineError(TAKEN_OVER)

    def _path(self, generation: int) -> Path:
        return claim_file.path_of(self._taking.folder, self._taking.name, generation)


@contextmanager
def held(
    taking: Taking, *, on_lost: Callable[[TokstatsError], None] | None, facts: Mapping[str, Any] | None = None
) -> Iterator[Holder]:
    """Holds a claim during the `with` statement.

    Args:
        taking: Claim to take.
        on_lost: Called once in another thread if the claim is lost; the work must then stop. The `with` statement
            raises the error instead of an interrupt, and where it would have ended well. None to go on without the
            claim, where its loss means only that work is done twice.
        facts: Values that the holder tells about its work.

    Raises:
        ClaimedError: Another process holds the claim, and lives.
        ClaimLostError: Another process has taken over the claim, or has removed it.
        OutputError: The claim cannot be written for too long.
        OSError: The claim cannot be made.
    """
    claim = Claim(writer=new_writer_name(), process=this_process(), facts=facts or {})
    holder = Holder(taking, claim, taking.take(claim))
    end = threading.Event()
    beating = threading.Thread(target=_keep_beating, args=(holder, end, taking.limits.beat, on_lost), daemon=True)
    try:
        beating.start()
        yield holder
    except KeyboardInterrupt:
        if holder.lost and on_lost:
            raise holder.lost from None
        raise
    finally:
        end.set()
        if beating.ident:
            beating.join()
        if not holder.lost:
            holder.beat(ended=True)
    if holder.lost and on_lost:
        raise holder.lost


def _keep_beating(
    holder: Holder, end: threading.Event, seconds: float, on_lost: Callable[[TokstatsError], None] | None
) -> None:
    while not (holder.lost or end.wait(seconds)):
        holder.beat()
    if holder.lost and on_lost and not end.is_set():
        on_lost(holder.lost)
