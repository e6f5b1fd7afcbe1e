"""Slurm cluster of one node for a test: its daemons are children of the test, and its files lie in a folder of its own.

`scripts/slurm_for_tests.sh` unpacks Slurm into `.slurm`; without it, tests take an installed Slurm, or are skipped.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from support.paths import ROOT

UNPACKED = ROOT / ".slurm"
PARTITION = "main"
URGENT = "urgent"
"""Partition whose Slurm jobs preempt those of the other."""
_WAIT_SECONDS = 30.0
_NODE = socket.gethostname().split(".")[0]

# No authentication, no accounting, no limits on memory: what a test needs, and no more than any user may start.
_CONFIG = """\
ClusterName=test
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
{plugins}
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MailProg=/bin/true
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MaxArraySize={max_array_size}
MinJobAge={min_job_age}
SchedulerParameters=sched_min_interval=0,bf_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName={main} Nodes={node} Default=YES PriorityTier=1
PartitionName={urgent} Nodes={node} PriorityTier=10
"""


@dataclass(frozen=True)
class Cluster:
    """Slurm cluster of one node with two CPUs.

    Attributes:
        folder: Folder of its files.
        environment: Environment in which commands find the cluster.
    """

    folder: Path
    environment: dict[str, str]

    def call(self, *words: str) -> str:
        """Runs a command of Slurm, and returns its output."""
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def states(self) -> list[str]:
        """Returns a word such as 12_0=RUNNING for each array element that the cluster still knows."""
        return sorted(self.call("squeue", "--noheader", "--array", "--states=all", "--format=%i=%T").split())

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Waits until a condition holds."""
        end = time.monotonic() + _WAIT_SECONDS
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {_WAIT_SECONDS:.0f} s; {self._told()}"
            time.sleep(0.1)

    def _told(self) -> str:
        logs = "\n".join(path.read_text("utf-8", "replace")[-800:] for path in sorted(self.folder.glob("*.log")))
        return f"{self.states()}\n{logs}"


@contextmanager
def cluster(*, max_array_size: int = 1001, min_job_age: int = 300) -> Iterator[Cluster]:
    """Starts a cluster, and ends it in order: first its Slurm jobs, then its daemons; nothing of it is left.

    Args:
        max_array_size: One more than the largest index of an array element.
        min_job_age: Time in seconds for which the cluster remembers a finished Slurm job.
    """
    programs = _programs()
    # The names of Slurm's sockets must be short, which those of pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, ExitStack() as stack:
        folder = Path(name)
        environment = _environment(folder, programs)
        for part in ("state", "spool"):
            (folder / part).mkdir()
        _write_config(folder, max_array_size, min_job_age)
        started = Cluster(folder, environment)
        stack.callback(_check_nothing_left, folder)
        _start(stack, started, [programs["slurmctld"], "-D"])
        # A node that reports to a controller that is not there yet tries it again after minutes only.
        started.wait_for(lambda: _answers(started, "scontrol", "ping"), "the controller answers")
        _start(stack, started, [programs["slurmd"], "-D", "-N", _NODE, "-d", programs["slurmstepd"]])
        stack.callback(_end_steps, started)
        started.wait_for(lambda: _is_idle(started), "the cluster's node is idle")
        yield started


def _programs() -> dict[str, str]:
    """Returns the paths of the daemons and of the folder of commands; skips the test if there are none."""
    places = [UNPACKED / "usr" / "sbin", UNPACKED / "usr" / "bin", *os.environ.get("PATH", "").split(os.pathsep)]
    path = os.pathsep.join([*map(str, places), "/usr/sbin"])
    found = {
        name: shutil.which(name, path=path) or shutil.which(f"{name}-wlm", path=path)
        for name in ("slurmctld", "slurmd", "slurmstepd", "sbatch")
    }
    programs = {name: program for name, program in found.items() if program}
    if len(programs) < len(found):
        pytest.skip(f"no Slurm: {_why_missing()}")
    return programs


def _why_missing() -> str:
    reason = UNPACKED / "missing"
    return reason.read_text("utf-8").strip() if reason.exists() else "scripts/slurm_for_tests.sh gets one"


def _environment(folder: Path, programs: dict[str, str]) -> dict[str, str]:
    commands = str(Path(programs["sbatch"]).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "SBATCH_"))}
    libraries = [str(path) for path in (_plugins(), *UNPACKED.glob("usr/lib/*-linux-gnu")) if path]
    if libraries:
        kept["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, kept.get("LD_LIBRARY_PATH", "")]).rstrip(os.pathsep)
    return kept | {
        "PATH": os.pathsep.join([commands, kept["PATH"]]),
        "SLURM_CONF": str(folder / "slurm.conf"),
    }


def _plugins() -> Path | None:
    """Returns the folder of Slurm's libraries, if Slurm was unpacked and not installed."""
    return next(UNPACKED.glob("usr/lib/*/slurm-wlm"), None)


def _write_config(folder: Path, max_array_size: int, min_job_age: int) -> None:
    plugins = _plugins()
    text = _CONFIG.format(
        node=_NODE,
        ports=_free_ports(),
        user=psutil.Process().username(),
        plugins=f"PluginDir={plugins}" if plugins else "",
        folder=folder,
        max_array_size=max_array_size,
        min_job_age=min_job_age,
        main=PARTITION,
        urgent=URGENT,
    )
    (folder / "slurm.conf").write_text(text, encoding="utf-8")


def _free_ports() -> list[int]:
    """Returns two ports that the system gives to nobody at once; both are held until both are known."""
    with closing(socket.socket()) as one, closing(socket.socket()) as other:
        for held in (one, other):
            held.bind(("127.0.0.1", 0))
        return [held.getsockname()[1] for held in (one, other)]


def _start(stack: ExitStack, cluster: Cluster, words: list[str]) -> None:
    """Starts a daemon, and has it ended by SIGTERM, its own way to an orderly end."""
    name = Path(words[0]).name
    output = stack.enter_context((cluster.folder / f"{name}.out.log").open("wb"))
    daemon = subprocess.Popen(words, env=cluster.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def end() -> None:
        daemon.terminate()
        assert daemon.wait(_WAIT_SECONDS) == 0, cluster.folder

    stack.callback(end)


def _is_idle(cluster: Cluster) -> bool:
    """Tells whether the node takes Slurm jobs."""
    return cluster.call("sinfo", "--noheader", "--format=%T").split() == ["idle"]


def _answers(cluster: Cluster, *words: str) -> bool:
    return subprocess.run(words, env=cluster.environment, capture_output=True, check=False).returncode == 0


def _end_steps(cluster: Cluster) -> None:
    """Cancels all Slurm jobs, and waits until their processes have ended."""
    cluster.call("scancel", "--partition", PARTITION)
    cluster.call("scancel", "--partition", URGENT)
    cluster.wait_for(lambda: not cluster.call("squeue", "--noheader"), "all Slurm jobs have ended")
    cluster.wait_for(lambda: not _processes(cluster.folder, "slurmstepd"), "all step daemons have ended")


def _check_nothing_left(folder: Path) -> None:
    assert not _processes(folder, "slurm")


def _processes(folder: Path, beginning: str) -> list[psutil.Process]:
    """Returns the living processes of the cluster in `folder` whose names begin so."""
    config = str(folder / "slurm.conf")
    return [
        process
        for process in psutil.process_iter(["name", "environ", "status"])
        if process.info["name"].startswith(beginning)
        and process.info["status"] != psutil.STATUS_ZOMBIE
        and (process.info["environ"] or {}).get("SLURM_CONF") == config
    ]
