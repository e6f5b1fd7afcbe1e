"""Task shards: finds the partials of a plan's tasks in the work folder, and chooses the ones that count.

What counts in a stretch depends on the partials inside it alone, so a task, the status and the merge agree. Draws that
are in no stretch were saved when the plan was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.run.checked_partials import check_partials, partial_files
from tokstats_parallel.shards.partial import Partial, PartialError, shard_of
from tokstats_parallel.shards.plan import non_overlapping
from tokstats_parallel.shards.streams import fingerprints_of_streams
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import Stretch, by_stretch, draws_of_stretch, outside


@dataclass(frozen=True, slots=True)
class StretchState:
    """State of the partials in a stretch.

    Attributes:
        stretch: Ranges of draws.
        partials: Partials that count, with no draw in two of them.
        damaged: Paths of damaged partials in the stretch, with the error of each.
    """

    stretch: Stretch
    partials: tuple[Partial, ...]
    damaged: tuple[tuple[Path, PartialError], ...]

    @property
    def draws(self) -> int:
        """Number of draws that are saved."""
        return sum(one.shard.draws for one in self.partials)

    @property
    def is_done(self) -> bool:
        """Tells whether all draws of the stretch are saved."""
        return self.draws == draws_of_stretch(self.stretch)


@dataclass(frozen=True, slots=True)
class PlanShards:
    """State of all partials of a plan.

    Attributes:
        tasks: State of each task's stretch.
        before: State of the draws that are in no stretch, since they were saved when the plan was made.
    """

    tasks: tuple[StretchState, ...]
    before: StretchState

    @property
    def partials(self) -> list[Partial]:
        """Partials that count, with no draw in two of them."""
        return [one for state in (*self.tasks, self.before) for one in state.partials]

    @property
    def draws(self) -> int:
        """Number of draws that are saved."""
        return sum(state.draws for state in (*self.tasks, self.before))

    @property
    def lost_draws(self) -> int:
        """Number of draws that were saved when the plan was made, and are gone now."""
        return draws_of_stretch(self.before.stretch) - self.before.draws


def state_of_stretch(folder: Path, plan: TaskPlan, stretch: Stretch, *, threads: int = 1) -> StretchState:
    """Reads and checks the partials of a stretch.

    Raises:
        ResumeError: A partial is of another run.
        OutputError: A partial cannot be read.
    """
    return _states(folder, plan, [stretch], threads)[0]


def read_plan_shards(folder: Path, plan: TaskPlan, *, threads: int) -> PlanShards:
    """Reads and checks all partials of a plan.

    Raises:
        ResumeError: A partial is of another run.
        OutputError: A partial cannot be read.
    """
    rest = tuple(outside(plan.job, [part for stretch in plan.stretches for part in stretch]))
    *tasks, before = _states(folder, plan, [*plan.stretches, rest], threads)
    return PlanShards(tuple(tasks), before)


def _states(folder: Path, plan: TaskPlan, stretches: Sequence[Stretch], threads: int) -> list[StretchState]:
    named = {shard: path for path in partial_files(folder) if (shard := shard_of(path))}
    divided = by_stretch(stretches, named)
    checked = check_partials(
        [named[shard] for shards in divided for shard in shards],
        job_digest=plan.job.digest(),
        fingerprints=fingerprints_of_streams(plan.job, plan.fingerprints),
        threads=threads,
    )
    whole = {one.shard: one for one in checked.whole}
    damaged = dict(checked.damaged)
    return [
        StretchState(
            stretch,
            tuple(whole[shard] for shard in non_overlapping(shard for shard in shards if shard in whole)),
            tuple((path, damaged[path]) for path in (named[shard] for shard in shards) if path in damaged),
        )
        for stretch, shards in zip(stretches, divided, strict=True)
    ]
