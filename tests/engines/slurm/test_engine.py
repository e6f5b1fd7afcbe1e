"""The Slurm engine in a real Slurm: bytes, kills, limits, interrupts, and what is submitted again."""

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.places import Place, make_place
from support.runs import cache_of, make_job, run
from support.slurm import PARTITION, URGENT, Cluster, cluster

from tokstats_parallel.commands.main import main
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.task_plan import CacheChoice
from tokstats_parallel.engines.slurm.watch import Pace
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.tasks.claim_status import TaskClaim, read_claims

BATCHES = 400
TASKS = 4
PATIENCE = 90.0


@dataclass
class Bench:
    """Cluster, and a working directory in which runs are started.

    Attributes:
        slurm: Cluster.
        place: Working directory with a config.
        environment: Environment of the runs.
    """

    slurm: Cluster
    place: Place
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.place.folder / "out.json.work"

    def words(self, *options: str, batches: int = BATCHES, tasks: int = TASKS) -> list[str]:
        run = ["collect", "config.json", "--engine", "slurm", "--tasks", str(tasks)]
        if "--partition" not in options:
            run += ["--partition", PARTITION]
        size = ["--num-batches", str(batches), "--output-file", "out.json"]
        job = self.place.options if "--workers" not in options else self.place.options[:-2]
        return [sys.executable, "-m", "tokstats_parallel", *run, *size, *job, *options]

    def run(self, *options: str, code: int = 0, batches: int = BATCHES, tasks: int = TASKS) -> str:
        """Runs the command to its end, and returns its stderr."""
        coordinator = self.start(*options, batches=batches, tasks=tasks)
        _, said = coordinator.communicate(timeout=PATIENCE)
        assert coordinator.returncode == code, said
        return said

    def start(self, *options: str, batches: int = BATCHES, tasks: int = TASKS) -> subprocess.Popen[str]:
        """Starts the command."""
        coordinator = subprocess.Popen(
            self.words(*options, batches=batches, tasks=tasks),
            cwd=self.place.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(coordinator)
        return coordinator

    def start_and_hang(self, *options: str, tasks: int = TASKS) -> subprocess.Popen[str]:
        """Starts the command, and returns when two tasks have finished a shard and stand still."""
        hanging = ["--env-command", f"export PATH={self.place.folder}/bin:$PATH", *options]
        coordinator = self.start(*hanging, tasks=tasks)
        wait_for(lambda: len(list(self.place.folder.glob("hangs-*"))) == 2, coordinator)
        return coordinator

    def release(self) -> None:
        """Lets the tasks that stand still go on, and later ones run through."""
        (self.place.folder / "released").touch()

    def claims(self) -> dict[int, TaskClaim]:
        return read_claims(self.folder) if self.folder.is_dir() else {}

    def result(self) -> tuple[bytes, bytes]:
        return read(self.place, "out")

    def arrays(self) -> dict[str, list[str]]:
        """Returns id of an array -> its elements with their states, such as 0=RUNNING."""
        arrays: dict[str, list[str]] = {}
        for word in self.slurm.states():
            job, _, element = word.partition("_")
            arrays.setdefault(job, []).append(element)
        return arrays


HANGING = """\
#!/bin/bash
# Stands for `tokstats`: a task that has begun stands still until it is released, as if it had much to do.
if [ -e {folder}/released ]; then exec {python} -m tokstats_parallel "$@"; fi
exec {python} -c '
import os, pathlib, sys, time
from tokstats_parallel.run import work_task
real = work_task.check
def check(path, **options):
    mark = pathlib.Path("{folder}/hangs-%d" % os.getpid())
    mark.touch()
    while not pathlib.Path("{folder}/released").exists():
        time.sleep(0.1)
    return real(path, **options)
work_task.check = check
from tokstats_parallel.commands.main import run
run(sys.argv[1:])
' "$@"
"""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """JSON and Parquet of the local engine."""
    place = make_place(tmp_path_factory.mktemp("local"))
    before = Path.cwd()
    os.chdir(place.folder)
    try:
        words = ["collect", "config.json", "--num-batches", str(BATCHES), "--output-file", "here.json"]
        assert main([*words, *place.options, "--quiet"]) == 0
    finally:
        os.chdir(before)
    return read(place, "here")


@pytest.fixture
def start_bench(tmp_path: Path) -> Iterator[Callable[[Cluster], Bench]]:
    benches: list[Bench] = []

    def start(slurm: Cluster) -> Bench:
        place = make_place(tmp_path)
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "tokstats"
        program.write_text(HANGING.format(folder=tmp_path, python=sys.executable))
        program.chmod(0o755)
        benches.append(Bench(slurm, place, dict(slurm.environment)))
        return benches[-1]

    yield start
    for bench in benches:
        for coordinator in bench.started:
            coordinator.kill()
            coordinator.communicate()


@pytest.fixture
def bench(start_bench: Callable[[Cluster], Bench]) -> Iterator[Bench]:
    with cluster() as slurm:
        yield start_bench(slurm)


def read(place: Place, stem: str) -> tuple[bytes, bytes]:
    json, parquet = ((place.folder / stem).with_suffix(ending) for ending in (".json", ".parquet"))
    return json.read_bytes(), parquet.read_bytes()


def wait_for(condition: Callable[[], bool], coordinator: subprocess.Popen[str] | None = None) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if coordinator and coordinator.poll() is not None:
            raise AssertionError(coordinator.communicate()[1])
        assert time.monotonic() < end
        time.sleep(0.05)


def said_until(coordinator: subprocess.Popen[str], words: str) -> None:
    """Reads the stderr of a run until a line has these words."""
    assert coordinator.stderr is not None
    lines: list[str] = []
    while words not in (lines or [""])[-1]:
        lines.append(coordinator.stderr.readline())
        assert lines[-1], lines


def last_line(said: str) -> str:
    return said.strip().splitlines()[-1]


def test_an_array_of_four_tasks_writes_the_bytes_of_one_machine(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    said = bench.run()
    assert bench.result() == expected
    assert bench.arrays() == {"1": [f"{element}=COMPLETED" for element in range(4)]}
    assert "tokstats: Slurm job 1: submitted tasks 0-3 of 4\n" in said
    assert sorted(path.name for path in bench.place.folder.glob("out*")) == [
        "out.json",
        "out.manifest.json",
        "out.parquet",
    ]


def test_a_killed_task_is_named_and_only_what_is_missing_is_submitted_again(
    bench: Bench, expected: tuple[bytes, bytes]
) -> None:
    coordinator = bench.start_and_hang()
    bench.release()
    victim, claim = next((task, claim) for task, claim in bench.claims().items() if claim.running and claim.process)
    assert claim.process
    os.kill(claim.process.pid, signal.SIGKILL)
    _, said = coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 1
    log = bench.folder / f"slurm-1_{victim}.log"
    assert last_line(said) == (
        f"tokstats: error: 1 task ({victim} of Slurm job 1) killed (signal 9): often for lack of memory: then give "
        f"more --mem, or fewer --workers, its log is {log}; the same command runs only what is missing"
    )
    said = bench.run()
    assert "tokstats: going on: " in said
    assert "submitted task 0 of 1\n" in said
    assert list(bench.arrays().values())[1] == ["0=COMPLETED"]
    assert bench.result() == expected


def test_a_task_that_slurm_ends_at_its_time_limit(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    coordinator = bench.start_and_hang("--time", "10", tasks=2)
    bench.slurm.call("scontrol", "update", "JobId=1_0", "EndTime=now")
    wait_for(lambda: "0=TIMEOUT" in bench.arrays()["1"])
    bench.release()
    _, said = coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 3
    assert last_line(said) == (
        "tokstats: error: 1 task (0 of Slurm job 1) reached the time limit: give a longer --time, or more --tasks; the "
        "same command runs only what is missing"
    )
    bench.run(tasks=2)
    assert bench.result() == expected


def test_a_task_that_is_told_of_its_time_limit_and_one_that_is_cancelled(
    bench: Bench, expected: tuple[bytes, bytes]
) -> None:
    coordinator = bench.start_and_hang(tasks=2)
    bench.slurm.call("scancel", "--signal=USR1", "--batch", "1_0")
    bench.slurm.call("scancel", "1_1")
    _, said = coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 3
    assert last_line(said) == (
        "tokstats: error: 1 task (0 of Slurm job 1) reached the time limit: give a longer --time, or more --tasks; "
        "1 task (1 of Slurm job 1) cancelled: somebody has called scancel; the same command runs only what is missing"
    )
    bench.release()
    bench.run(tasks=2)
    assert bench.result() == expected


def test_a_preempted_task_is_queued_again_and_goes_on(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    coordinator = bench.start_and_hang(tasks=2)
    bench.slurm.call("sbatch", f"--partition={URGENT}", f"--chdir={bench.place.folder}", "--wrap=sleep 1")
    said_until(coordinator, "was stopped and is queued again")
    bench.release()
    wait_for(lambda: all(not one.endswith("RUNNING") for one in bench.arrays().get("3", [])))
    waiting = [one.partition("=")[0] for one in bench.arrays()["1"] if one.endswith("PENDING")]
    assert len(waiting) == 1
    bench.slurm.call("scontrol", "update", f"JobId=1_{waiting[0]}", "StartTime=now")  # Slurm would wait for two minutes
    coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 0
    assert bench.result() == expected


def test_a_node_that_fails_is_told_from_its_task(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    coordinator = bench.start_and_hang("--sbatch", "no-requeue", tasks=2)
    node = bench.slurm.call("sinfo", "--noheader", "--format=%n").split()[0]
    bench.slurm.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
    _, said = coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 3
    assert last_line(said) == (
        "tokstats: error: 2 tasks (0-1 of Slurm job 1) lost the node: the node failed, not the task; the same command "
        "runs only what is missing"
    )
    bench.release()
    bench.run(tasks=2)
    assert bench.result() == expected


def test_after_the_coordinator_is_killed_the_same_command_finds_its_array(
    bench: Bench, expected: tuple[bytes, bytes]
) -> None:
    bench.start_and_hang().kill()
    coordinator = bench.start()
    said_until(coordinator, "Slurm job 1: already runs tasks 0-3 of 4")
    bench.release()
    coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 0
    assert list(bench.arrays()) == ["1"]
    assert bench.result() == expected


def test_tasks_of_a_killed_coordinator_are_merged_without_it(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    coordinator = bench.start_and_hang()
    coordinator.kill()
    coordinator.wait()
    bench.release()
    wait_for(lambda: bench.arrays()["1"] == [f"{element}=COMPLETED" for element in range(4)])
    assert main(["merge", str(bench.folder), "--output-file", str(bench.place.folder / "out.json"), "--quiet"]) == 0
    assert bench.result() == expected


def test_a_coordinator_inside_a_slurm_job_hands_nothing_of_it_to_its_tasks(
    bench: Bench, expected: tuple[bytes, bytes]
) -> None:
    words = shlex.join(bench.words("--workers", "auto", "--keep-work"))
    wrapped = [f"--chdir={bench.place.folder}", "--array=5", "--cpus-per-task=1", "--mem=60", f"--wrap={words}"]
    bench.slurm.call("sbatch", "--output=coordinator.log", *wrapped)
    wait_for(lambda: bench.arrays().get("1") == ["5=COMPLETED"])
    assert len(bench.arrays()["2"]) == TASKS
    assert bench.result() == expected
    logs = [path.read_text() for path in bench.folder.glob("slurm-2_*.log")]
    assert [log.count("SLURM_CPUS_PER_TASK: 1") for log in logs] == [1] * TASKS


def test_killed_before_it_knows_the_id_it_finds_its_array_by_name(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    deadly = bench.place.folder / "deadly"
    deadly.mkdir()
    (deadly / "sbatch").write_text(f'#!/bin/bash\nPATH="{bench.environment["PATH"]}"\nsbatch "$@"; kill -9 "$PPID"\n')
    (deadly / "sbatch").chmod(0o755)
    usual = bench.environment
    bench.environment = usual | {"PATH": f"{deadly}{os.pathsep}{usual['PATH']}"}
    bench.run("--env-command", f"export PATH={bench.place.folder}/bin:$PATH", code=-signal.SIGKILL)
    bench.environment = usual
    coordinator = bench.start()
    said_until(coordinator, "Slurm job 1: already runs tasks 0-3 of 4")
    bench.release()
    coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 0
    assert list(bench.arrays()) == ["1"]
    assert bench.result() == expected


def test_another_run_is_refused_while_tasks_are_at_work(bench: Bench) -> None:
    bench.start_and_hang().kill()
    said = bench.run(batches=BATCHES + 100, code=1)
    assert last_line(said) == (
        f"tokstats: error: {bench.folder}: tasks of another run are at work here (Slurm job 1); wait for them, or "
        "`scancel 1` and try again a minute later"
    )
    said = bench.run("--fresh", code=1)
    assert "is at work here" in last_line(said)
    assert list(bench.arrays()) == ["1"]


@pytest.mark.parametrize(
    ("options", "number", "words", "states"),
    [
        ([], signal.SIGINT, "goes on; the same command finds it again, `scancel 1` cancels its tasks", "RUNNING"),
        (["--on-interrupt", "leave"], signal.SIGTERM, "goes on; the same command finds it again", "RUNNING"),
        (["--on-interrupt", "cancel"], signal.SIGINT, "Slurm job 1: cancelled", "CANCELLED"),
    ],
)
def test_an_interrupt_leaves_or_cancels_the_tasks(
    bench: Bench, options: list[str], number: signal.Signals, words: str, states: str
) -> None:
    coordinator = bench.start_and_hang(*options, tasks=2)
    coordinator.send_signal(number)
    _, said = coordinator.communicate(timeout=PATIENCE)
    assert coordinator.returncode == 128 + number
    assert words in said.splitlines()[-2]
    assert last_line(said) == "tokstats: interrupted; the same command goes on from here"
    wait_for(lambda: bench.arrays()["1"] == [f"0={states}", f"1={states}"])


def test_cancelled_tasks_are_submitted_again_at_once(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    coordinator = bench.start_and_hang("--on-interrupt", "cancel", tasks=2)
    coordinator.send_signal(signal.SIGINT)
    coordinator.wait(timeout=PATIENCE)
    bench.release()
    bench.run(tasks=2)
    assert len(bench.arrays()) == 2
    assert bench.result() == expected


@pytest.mark.parametrize(
    ("answer", "words", "states"),
    [(b"y\n", "Slurm job 1: cancelled", "CANCELLED"), (b"n\n", "goes on", "RUNNING"), (b"\x03", "goes on", "RUNNING")],
)
def test_on_a_terminal_ctrl_c_asks(bench: Bench, answer: bytes, words: str, states: str) -> None:
    command = bench.words("--env-command", f"export PATH={bench.place.folder}/bin:$PATH", tasks=2)
    environment = bench.environment | {"TERM": "xterm"}  # a live bar, which must be gone when the question comes
    pid, terminal = pty.fork()
    if pid == 0:  # the child, which has the terminal
        os.chdir(bench.place.folder)
        os.execve(command[0], command, environment)  # noqa: S606 - as a shell would
    with suppress(ChildProcessError), open(terminal, "r+b", buffering=0) as keyboard:  # noqa: PTH123 - no path
        wait_for(lambda: len(list(bench.place.folder.glob("hangs-*"))) == 2)
        keyboard.write(b"\x03")
        screen = until(keyboard.fileno(), b"cancel it? (y or n)")
        time.sleep(2.0)  # longer than any other end may take
        keyboard.write(answer)
        screen += until(keyboard.fileno(), b"goes on from here")
        assert words in screen.decode()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    wait_for(lambda: bench.arrays()["1"] == [f"0={states}", f"1={states}"])


def until(terminal: int, words: bytes) -> bytes:
    """Reads a terminal until these words are on it."""
    screen = b""
    while words not in screen:
        screen += os.read(terminal, 4096)
    return screen


def test_a_work_folder_with_a_strange_name(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    bench.run("--work-dir", 'it\'s 100% "%A" $HOME # ü')
    assert bench.result() == expected


def test_more_tasks_than_an_array_may_have(
    start_bench: Callable[[Cluster], Bench], expected: tuple[bytes, bytes]
) -> None:
    with cluster(max_array_size=3) as slurm:
        bench = start_bench(slurm)
        bench.run(tasks=7)
        assert bench.arrays() == {"1": [f"{element}=COMPLETED" for element in range(3)]}
        assert bench.result() == expected


def test_a_dry_run_prints_what_can_be_submitted_by_hand(bench: Bench, expected: tuple[bytes, bytes]) -> None:
    before = sorted(bench.place.folder.iterdir())
    script = subprocess.run(
        bench.words("--dry-run", "--sbatch", 'comment=it\'s # a "test" \\ $HOME'),
        cwd=bench.place.folder,
        env=bench.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert sorted(bench.place.folder.iterdir()) == before
    assert bench.arrays() == {}
    program = [sys.executable, "-m", "tokstats_parallel"]
    job = bench.place.options[: bench.place.options.index("--workers")]
    plan = ["plan", "config.json", "--num-batches", str(BATCHES), "--work-dir", str(bench.folder), "--tasks", "4", *job]
    subprocess.run([*program, *plan], cwd=bench.place.folder, check=True, capture_output=True)
    (bench.place.folder / "run.sh").write_text(script)
    bench.slurm.call("sbatch", str(bench.place.folder / "run.sh"))
    wait_for(lambda: bench.arrays() == {"1": [f"{element}=COMPLETED" for element in range(4)]})
    assert ' Comment=it\'s # a "test" \\ $HOME ' in bench.slurm.call("scontrol", "show", "job", "--oneliner", "1_0")
    output = ["merge", str(bench.folder), "--output-file", "out.json", "--quiet"]
    subprocess.run([*program, *output], cwd=bench.place.folder, check=True)
    assert bench.result() == expected


def test_tasks_that_end_well_without_shards_are_waited_for_and_then_named(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in bench.environment.items():
        monkeypatch.setenv(name, value)
    job = make_job(tmp_path / "data", num_batches=BATCHES)
    options = SlurmOptions(tasks=2, env_command="exit 0")
    engine = SlurmEngine(options, CacheChoice(cache_of(job)), pace=Pace(folder=0.2, stale=2.0))
    begun = time.monotonic()
    with pytest.raises(
        WorkerError, match=r"2 tasks \(0-1 of Slurm job 1\) ended without all shards: the log may say why"
    ):
        run(job, tmp_path / "other.json", engine=engine)
    assert time.monotonic() - begun > 2.0
    assert engine.jobs == []


def test_what_slurm_refuses_is_told_in_its_words(bench: Bench) -> None:
    said = bench.run("--partition", "nowhere", code=1)
    assert last_line(said) == (
        "tokstats: error: sbatch: invalid partition specified: nowhere; Batch job submission failed: Invalid partition "
        "name specified"
    )
    bench.environment |= {"SBATCH_PARTITION": "nowhere"}
    bench.run()  # the option comes before the variable


def test_without_slurm_the_reason_is_one_line(bench: Bench) -> None:
    bench.environment["PATH"] = "/nowhere"
    assert last_line(bench.run(code=1)).startswith(
        "tokstats: error: --engine slurm: there is no scontrol on this machine;"
    )
    assert not bench.folder.exists()
