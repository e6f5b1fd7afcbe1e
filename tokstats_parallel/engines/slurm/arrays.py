"""Arrays of a work folder: submits them, finds them again, and knows which tasks they still run.

Invariant: an array is in the record before Slurm may know it, and stays there until none of its elements is live.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokstats_parallel.engines.slurm import record
from tokstats_parallel.engines.slurm.commands import SlurmCommands, SlurmError
from tokstats_parallel.engines.slurm.elements import elements_of, tasks_of
from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.record import RecordedArray
from tokstats_parallel.engines.slurm.script import NAME_START, Array, render, sbatch_options
from tokstats_parallel.engines.slurm.states import ElementState
from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.tasks.task_list import task_list

_SUBMITTED = ElementState("SUBMITTED")
"""State of an element before Slurm has told its state."""
FORGOTTEN = ElementState("FORGOTTEN")
"""State of an element of which Slurm does not tell any more how it has ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Element that has ended while this run watched it.

    Attributes:
        job: Id of the Slurm job.
        element: Index of the element.
        width: Width of the array.
        state: Its last state.
    """

    job: str
    element: int
    width: int
    state: ElementState

    def tasks(self, of: int) -> range:
        """Returns the tasks, out of so many, that it ran."""
        return tasks_of(self.element, self.width, of)


@dataclass(slots=True)
class _Watched:
    """Array in Slurm's hands, with the last states of its elements that have not ended."""

    recorded: RecordedArray
    job: str
    open: dict[int, ElementState]
    waits_for: str = ""


class Arrays:
    """Arrays that run the tasks of a work folder."""

    def __init__(self, folder: Path, slurm: SlurmCommands, notify: Callable[[str], None]) -> None:
        """Takes the work folder, Slurm's commands, and a receiver of notices."""
        self._folder, self._slurm, self._notify = folder, slurm, notify
        self._watched: list[_Watched] = []
        self._silent_since: float | None = None

    @property
    def jobs(self) -> list[str]:
        """Ids of the Slurm jobs of which an element is live, as far as known."""
        return [array.job for array in self._watched]

    def find(self) -> None:
        """Finds the arrays that earlier runs have submitted, and forgets the ended ones.

        Raises:
            SlurmError: Slurm does not answer.
            ResumeError: The record is damaged.
        """
        self._watched = []
        for array in record.read(self._folder):
            job = array.job or self._slurm.find(array.name)
            if job:
                known = replace(array, job=job)
                self._watched.append(_Watched(known, job, dict.fromkeys(array.elements, _SUBMITTED)))
        self.refresh()

    def submit(self, tasks: Collection[int], of: int, options: SlurmOptions) -> None:
        """Submits an array that runs the given tasks.

        Args:
            tasks: Numbers of the tasks; none of them is run by an array that is live.
            of: Number of all tasks of the plan.
            options: Options of the engine.

        Raises:
            SlurmError: Slurm refuses it.
            OutputError: The record cannot be written.
        """
        width = min(of, self._slurm.max_array_size())
        elements = elements_of(tasks, width)
        name = f"{NAME_START}-{secrets.token_hex(5)}"
        array = Array(name=name, folder=self._folder, tasks=of, width=width, elements=frozenset(elements))
        script = render(array, options)
        recorded = RecordedArray(name=name, width=width, elements=tuple(sorted(elements)))
        self._write(recorded)
        job = self._slurm.submit(sbatch_options(array, options), script)
        self._watched.append(_Watched(replace(recorded, job=job), job, dict.fromkeys(elements, _SUBMITTED)))
        self._write()
        self._notify(f"Slurm job {job}: submitted {_named(tasks)} of {of}")

    def refresh(self) -> list[Ended]:
        """Asks Slurm how the arrays are; returns the elements that have ended since the last time.

        Raises:
            SlurmError: Slurm does not answer.
        """
        states = [self._states(array) for array in self._watched]  # all of them, before any end counts as told
        ended = [one for array, told in zip(self._watched, states, strict=True) for one in self._look(array, told)]
        self._watched = [array for array in self._watched if array.open]
        return ended

    def refresh_patiently(self, patience: float) -> list[Ended]:
        """Does the same as `refresh`, but lets Slurm be silent for a time, since the tasks go on meanwhile.

        Args:
            patience: That time, in seconds.

        Raises:
            SlurmError: Slurm has not answered for that time.
        """
        try:
            ended = self.refresh()
        except SlurmError as error:
            if self._silent_since is None:
                self._silent_since = time.monotonic()
                self._notify(f"{error}; asking again, the tasks go on meanwhile")
            if time.monotonic() - self._silent_since >= patience:
                raise
            return []
        self._silent_since = None
        return ended

    def tasks(self, of: int, *, ending: bool = True) -> set[int]:
        """Returns the tasks that live elements run or will run.

        Args:
            of: Number of all tasks of the plan.
            ending: Whether elements count that are about to end.
        """
        return {
            task
            for array in self._watched
            for element, state in array.open.items()
            if ending or not state.is_ending
            for task in tasks_of(element, array.recorded.width, of)
        }

    def cancel(self) -> None:
        """Cancels all arrays.

        Raises:
            SlurmError: Slurm does not answer.
        """
        if self._watched:
            self._slurm.cancel(self.jobs)

    def _states(self, array: _Watched) -> dict[int, ElementState]:
        """Returns the states of the elements of an array that have not ended.

        The controller knows all live elements. Accounts may say for ever of an element that it runs.
        """
        states = self._slurm.states(array.job)
        forgotten = array.open.keys() - states.keys()
        accounts = self._slurm.ended_states(array.job) if forgotten else {}
        for element in forgotten:
            state = accounts.get(element, FORGOTTEN)
            states[element] = FORGOTTEN if state.is_live else state
        return {element: states[element] for element in sorted(array.open)}

    def _look(self, array: _Watched, states: Mapping[int, ElementState]) -> list[Ended]:
        """Takes the states of the elements that have not ended, and returns the elements that have ended now."""
        self._tell_waiting(array, states.values())
        ended = []
        for element, state in states.items():
            before = array.open[element]
            if before is not _SUBMITTED and state.restarts > before.restarts:
                self._tell_restart(array.job, element)
            array.open[element] = state
            if not state.is_live:
                ended.append(Ended(array.job, element, array.recorded.width, state))
                del array.open[element]
        return ended

    def _tell_waiting(self, array: _Watched, states: Collection[ElementState]) -> None:
        """Notes why an array waits of which no element runs, whenever the reason changes."""
        if any(state.state != "PENDING" for state in states):
            return
        why = next((state.reason for state in states if state.reason not in ("", "None")), "")
        if why and why != array.waits_for:
            array.waits_for = why
            self._notify(f"Slurm job {array.job} waits in the queue ({why})")

    def _tell_restart(self, job: str, element: int) -> None:
        self._notify(
            f"Slurm job {job}_{element} was stopped and is queued again (it was preempted, or its node failed); "
            "it goes on from its finished shards"
        )

    def _write(self, *further: RecordedArray) -> None:
        try:
            record.write(self._folder, [*(array.recorded for array in self._watched), *further])
        except OSError as error:
            raise OutputError(
                f"{self._folder / record.NAME}: cannot be written ({reason(error)}); {remedy(error)} and run the same "
                "command again"
            ) from error


def _named(tasks: Collection[int]) -> str:
    return f"task{'s'[: len(tasks) > 1]} {task_list(tasks)}"
