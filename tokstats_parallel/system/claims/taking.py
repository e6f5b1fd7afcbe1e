"""Taking of claims: a process makes the next generation where there is none, or where the holder is known to be dead.

A claim may be taken over if

1. its file says that it has ended, or
2. the process of its holder is gone, which only a process in the same boot and namespaces can tell, or
3. this process has watched the file for the time `silence`, and it has not changed.

The third rule compares no clocks: only time in which this process itself was awake counts, so a suspended machine takes
nothing over. A holder gives up after `give_up` without a beat, which is earlier. So both never believe to hold a claim,
as long as their clocks run about equally fast.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.clock import ActiveTime, seconds_with_sleep
from tokstats_parallel.system.process_identity import ProcessIdentity, is_gone


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of claims, in seconds. All processes of a folder must have the same.

    Attributes:
        beat: Time between two beats of a holder.
        silence: Time without a beat after which a claim may be taken over.
    """

    beat: float = 5.0
    silence: float = 60.0

    @property
    def give_up(self) -> float:
        """Time without a beat of its own after which a holder does not rely on its claim any more."""
        return 0.75 * self.silence

    @property
    def poll(self) -> float:
        """Time between two looks at the claim of another process."""
        return self.beat / 5


class ClaimedError(TokstatsError):
    """Another process is at work under a claim.

    Attributes:
        holder: That process; None if it is not known yet.
    """

    exit_code = 3

    def __init__(self, what: str, holder: ProcessIdentity | None) -> None:
        """Takes a name of the thing that is claimed, and its holder."""
        named = f"process {holder.pid} on {holder.host}" if holder else "a process that has just begun"
        super().__init__(f"{what}: {named} is at work on it; wait for that process, or end it and run this again")
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Taken:
    """Claim that this process has taken.

    Attributes:
        generation: Generation of the claim.
        since: Time by `clock.seconds_with_sleep` just before it was taken.
        dead: Claim of the holder before, if it is known that its process has ended or gives the claim back.
    """

    generation: int
    since: float
    dead: Claim | None


@dataclass(kw_only=True)
class Taking:
    """Taking of one claim.

    Attributes:
        folder: Folder that all processes share.
        name: Name to hold.
        what: Name of the claimed thing, for messages.
        limits: Limits of all claims in the folder.
        on_wait: Called once before this process watches the claim of another one.
        patient: Whether to wait until a living holder gives the claim back.
    """

    folder: Path
    name: str
    what: str
    limits: Limits
    on_wait: Callable[[Claim | None], None]
    patient: bool = False
    _waits: bool = False

    def take(self, claim: Claim) -> Taken:
        """Makes the file of the next generation with the content `claim`, as soon as that is safe.

        Raises:
            ClaimedError: Another process holds the claim, and lives.
            OSError: The folder or a claim cannot be read or written.
        """
        highest = claim_file.highest_generations(self.folder).get(self.name, 0)
        while True:
            try:
                dead = self._wait_until_free(claim_file.path_of(self.folder, self.name, highest)) if highest else None
                now = seconds_with_sleep()
                claim_file.make(claim_file.path_of(self.folder, self.name, highest + 1), claim)
            except FileNotFoundError:  # somebody has emptied the folder; if it is gone, the list fails
                time.sleep(self.limits.poll)  # a network file system may still believe that a new file is missing
                highest = claim_file.highest_generations(self.folder).get(self.name, 0)
            except FileExistsError:  # the list of a network file system may be older than the file
                highest += 1
            else:
                if highest and dead is None:
                    with suppress(OSError):  # it may be gone
                        claim_file.put_end(claim_file.path_of(self.folder, self.name, highest), claim)
                return Taken(highest + 1, now, dead)

    def _wait_until_free(self, path: Path) -> Claim | None:
        """Returns as soon as a claim may be taken over, with the claim if its holder is known to be dead.

        Raises:
            ClaimedError: The holder lives.
            FileNotFoundError: The file is gone.
        """
        last = path.read_bytes()
        if _is_dead(claim := claim_file.parsed(last)):
            return claim
        if not self._waits:
            self.on_wait(claim)
        self._waits = True
        watched = ActiveTime(2 * self.limits.poll)
        while watched.read() < self.limits.silence:
            time.sleep(self.limits.poll)
            content = path.read_bytes()
            if _is_dead(claim := claim_file.parsed(content)):
                return claim
            if content != last:
                if not self.patient:
                    raise ClaimedError(self.what, claim.process if claim else None)
                last, watched = content, ActiveTime(2 * self.limits.poll)
        return None


def _is_dead(claim: Claim | None) -> bool:
    return claim is not None and (claim.ended or is_gone(claim.process))
