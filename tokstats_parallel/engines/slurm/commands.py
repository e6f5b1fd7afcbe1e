"""Commands of Slurm: calls sbatch, squeue, sacct, scancel and scontrol."""

import os
import re
import subprocess
from collections.abc import Sequence

from tokstats_parallel.engines.slurm.states import SACCT_FORMAT, SQUEUE_FORMAT, ElementState, parse_sacct, parse_squeue
from tokstats_parallel.errors import WorkerError, reason

USUAL_MAX_ARRAY_SIZE = 1001
"""MaxArraySize of a cluster whose administrators have not changed it."""

_CALL_SECONDS = 120.0
_MAX_ARRAY_SIZE = re.compile(r"^MaxArraySize\s*=\s*(\d+)", re.MULTILINE)
_JOB_ID = re.compile(r"(\d+)(?:;.*)?")
_KEPT = ("SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS", "SLURM_JWT")


class SlurmError(WorkerError):
    """A command of Slurm failed."""


class SlurmCommands:
    """Commands of Slurm on this machine."""

    def submit(self, options: Sequence[str], script: str) -> str:
        """Submits a batch script, and returns the id of the Slurm job.

        Raises:
            SlurmError: Slurm refuses it, or does not answer.
        """
        answer = _call(["sbatch", "--parsable", *options], script)
        found = _JOB_ID.fullmatch(answer.strip())
        if not found:
            raise SlurmError(f"sbatch answers {answer.strip()!r} in place of the id of a Slurm job")
        return found[1]

    def states(self, job: str) -> dict[int, ElementState]:
        """Returns the states of the elements of an array that the controller knows; it soon forgets the ended ones.

        Raises:
            SlurmError: Slurm does not answer.
        """
        try:
            return parse_squeue(_call([*_squeue(SQUEUE_FORMAT), "--array", f"--jobs={job}"]))
        except SlurmError as error:
            if "Invalid job id" in str(error):  # all of them have ended, and are forgotten
                return {}
            raise

    def ended_states(self, job: str) -> dict[int, ElementState]:
        """Returns the states of the elements of an array in the accounts; empty where a cluster keeps none."""
        try:
            text = _call(["sacct", "--noheader", "--parsable2", "--allocations", f"--jobs={job}", SACCT_FORMAT])
        except SlurmError:
            return {}
        return parse_sacct(text)

    def find(self, name: str) -> str | None:
        """Returns the id of the array with this name that the controller knows; None if there is none.

        Raises:
            SlurmError: Slurm does not answer.
        """
        words = _call([*_squeue("--Format=ArrayJobID"), f"--name={name}"]).split()
        # Where Slurm knows several clusters, their names stand between the ids.
        return next((word for word in words if word.isdigit()), None)

    def cancel(self, jobs: Sequence[str]) -> None:
        """Cancels Slurm jobs; ended ones stay as they are.

        Raises:
            SlurmError: Slurm does not answer.
        """
        _call(["scancel", "--quiet", *jobs])

    def max_array_size(self) -> int:
        """Returns the cluster's MaxArraySize, which every index of an array is below.

        Raises:
            SlurmError: Slurm does not answer.
        """
        found = _MAX_ARRAY_SIZE.search(_call(["scontrol", "show", "config"]))
        return int(found[1]) if found else USUAL_MAX_ARRAY_SIZE


def _squeue(form: str) -> list[str]:
    return ["squeue", "--noheader", "--states=all", form]


def _call(words: Sequence[str], stdin: str = "") -> str:
    """Calls a command of Slurm and returns its output.

    Raises:
        SlurmError: The command is missing, fails, or does not answer.
    """
    try:
        done = subprocess.run(
            words,
            input=stdin,
            env=_environment(),
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_CALL_SECONDS,
            check=False,
            start_new_session=True,  # a Ctrl-C is for this program alone
        )
    except FileNotFoundError as error:
        raise SlurmError(
            f"--engine slurm: there is no {words[0]} on this machine; run this where Slurm's commands are, which is "
            "usually a login node, or use `tokstats plan` and submit its tasks there"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SlurmError(f"{words[0]}: {reason(error)}; run the same command again when Slurm answers") from error
    if done.returncode:
        raise SlurmError(f"{words[0]}: {_said(done.stderr or done.stdout) or f'exit code {done.returncode}'}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Returns the environment without what an outer Slurm job has set, because tasks would inherit it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SLURM_") or name in _KEPT}


def _said(text: str) -> str:
    """Returns what a command has said as one line, without the names of the command and of the kind."""
    lines = (re.sub(r"^\w+: (?:error: |fatal: )?", "", line.strip()) for line in text.splitlines())
    return "; ".join(line for line in lines if line)
