"""Ctrl-C and SIGTERM at any moment: the right exit code within a second, one line, no process left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from soaking.victim import has_traceback
from support.old_result import OLD, write_old
from support.paths import ROOT
from support.places import TYPED, Place, make_place

TOKENIZER = ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer"
# The promise is a second: 0.8 s to end by itself, and the rest to be ended. On a busy machine a second may take longer;
# a process that only waits for that long and looks for children shows how long.
ALIKE = "import time; time.sleep(0.8); import psutil; psutil.Process().children(); print(time.monotonic())"
TIMES_AS_LONG = 3.0
TRIES = 5
# A limit for events that normally come at once; without it, a failing test would take hours.
PATIENCE = 60.0
LAST_WORDS = "tokstats: interrupted; the same command goes on from here"

# The command, with slow conversions of corpora.
SLOW_CONVERSION = """
import time
from tokstats_parallel.corpus import conversion
from tokstats_parallel.display import progress
from tokstats_parallel.commands.main import run
def converting(self, language, done, total):
    self.note("converting now")
    time.sleep(0.02)
conversion.BLOCK_BYTES = 100
progress.RunNotices.converting = progress.Lines.converting = converting
run()
"""

# A main thread that takes longer after a signal than is usually allowed, and tells of a second one.
ASKING = """
import sys, time
from tokstats_parallel.system.signals import end_promptly, unhurried
end_promptly("last words")
try:
    print("ready", file=sys.stderr, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    with unhurried():
        try:
            time.sleep(1.5)
            print("asked", file=sys.stderr, flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            print("answered", file=sys.stderr, flush=True)
    time.sleep(600)
"""

# A main thread that no exception ends, and a child that gets no signal.
STUBBORN = """
import subprocess, sys, time
from tokstats_parallel.system.signals import end_promptly
end_promptly("last words")
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
while True:
    try:
        print("ready", file=sys.stderr, flush=True)
        time.sleep(600)
    except BaseException:
        pass
"""


@dataclass
class Started:
    """A command in a session of its own, as a terminal would start it."""

    process: subprocess.Popen[str]
    heard: str = ""

    def wait_for(self, words: str) -> None:
        """Waits until the words have come on stderr."""
        assert self.process.stderr
        while words not in self.heard:
            line = self.process.stderr.readline()
            assert line, self.heard
            self.heard += line

    def wait_until(self, disposition: str, number: signal.Signals) -> None:
        """Waits until the process catches (`SigCgt`) or ignores (`SigIgn`) the signal; not at all without /proc."""
        status = Path(f"/proc/{self.process.pid}/status")
        while status.exists():
            mask = int(status.read_text().partition(f"{disposition}:")[2].split()[0], 16)
            if mask >> (number - 1) & 1:
                return
            assert self.process.poll() is None
            time.sleep(0.005)

    def interrupt(self, number: signal.Signals, *, group: bool = True) -> float:
        """Sends a signal to the process, or to all of its group; returns how long it took to end, in `ALIKE`'s time."""
        start = time.monotonic()
        with subprocess.Popen([sys.executable, "-c", ALIKE], stdout=subprocess.PIPE, text=True) as alike:
            (os.killpg if group else os.kill)(self.process.pid, number)
            self.process.wait(timeout=PATIENCE)
            seconds = time.monotonic() - start
            second = float(alike.communicate(timeout=PATIENCE)[0]) - start
        assert self.process.stderr
        self.heard += self.process.stderr.read()
        return seconds / second

    def members(self) -> list[int]:
        """The processes of the session that are alive."""
        return [process.pid for process in psutil.process_iter() if self._is_member(process)]

    def left(self) -> list[int]:
        """The processes of the session that stay after its leader has ended."""
        end = time.monotonic() + PATIENCE
        while (alive := self.members()) and time.monotonic() < end:
            time.sleep(0.05)
        return alive

    def _is_member(self, process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == self.process.pid and process.status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False


@pytest.fixture(autouse=True)
def in_the_foreground() -> Iterator[None]:
    """If a script runs the tests in the background, commands would start with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture
def start(place: Place) -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def begin(*words: str) -> Started:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=place.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(Started(process))
        return started[-1]

    yield begin
    for command in started:
        command.process.kill()
        command.process.communicate()


def endless(place: Place, *words: str) -> list[str]:
    """A run that takes far longer than the test."""
    place.write(tokenizer_name=str(TOKENIZER), block_size=128, train_batch_size=64, tokenizer_batch_size=512)
    options = ["--cache-dir", "cache", "--workers", "2", "--num-batches", "200000", "--output-file", "x.json"]
    return [str(place.config), *options, *words]


def check(command: Started, seconds: float, code: int) -> None:
    assert "Traceback" not in command.heard
    assert command.process.returncode == code
    assert command.heard.splitlines()[-1] == LAST_WORDS
    assert seconds < TIMES_AS_LONG
    assert command.left() == []


def endless_measuring(place: Place) -> list[str]:
    """A validation whose processes fill pools for far longer than the test."""
    command = ["validate", *endless(place, *TYPED)]
    place.write(tokenizer_name=str(TOKENIZER), block_size=512, train_batch_size=64, tokenizer_batch_size=65536)
    return command


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.5, 0.9, 1.3])
def test_ctrl_c_while_modules_are_imported(delay: float, place: Place, start: Callable[..., Started]) -> None:
    """The longest moments are during the import of `transformers`."""
    write_old(place.folder / "x.json")
    command = start("-m", "tokstats_parallel", *endless(place))
    command.wait_until("SigCgt", signal.SIGTERM)
    time.sleep(delay)
    check(command, command.interrupt(signal.SIGINT), 130)
    assert (place.folder / "x.json").read_bytes() == OLD["out.json"]


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.5, 1.0])
def test_ctrl_c_while_workers_start_and_work(delay: float, place: Place, start: Callable[..., Started]) -> None:
    write_old(place.folder / "x.json")
    command = start("-m", "tokstats_parallel", *endless(place, *TYPED))
    command.wait_for("200,000 batches from")
    time.sleep(delay)
    check(command, command.interrupt(signal.SIGINT), 130)
    assert (place.folder / "x.json").read_bytes() == OLD["out.json"]


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.5, 1.0])
def test_ctrl_c_while_draws_are_measured(delay: float, place: Place, start: Callable[..., Started]) -> None:
    """The measuring processes neither die of the signal nor print anything."""
    command = start("-m", "tokstats_parallel", *endless_measuring(place))
    command.wait_for("measuring")
    time.sleep(delay)
    check(command, command.interrupt(signal.SIGINT), 130)


@pytest.mark.parametrize("delay", [0.0, 0.5, 1.5])
def test_no_measuring_process_outlives_a_killed_command(
    delay: float, place: Place, start: Callable[..., Started]
) -> None:
    command = start("-m", "tokstats_parallel", *endless_measuring(place))
    command.wait_for("measuring")
    while len(command.members()) < 3:  # the command and two measuring processes
        assert command.process.poll() is None
        time.sleep(0.02)
    time.sleep(delay)
    os.kill(command.process.pid, signal.SIGKILL)
    command.process.wait()
    assert command.left() == []
    assert command.process.stderr
    assert not has_traceback(command.process.stderr.read())


def test_ctrl_c_while_a_corpus_is_converted(place: Place, start: Callable[..., Started]) -> None:
    command = start("-c", SLOW_CONVERSION, *endless(place, *TYPED))
    command.wait_for("converting now")
    check(command, command.interrupt(signal.SIGINT), 130)
    assert not list((place.folder / "cache").glob("*.arrow"))


@pytest.mark.parametrize("group", [True, False])
def test_sigterm(group: bool, place: Place, start: Callable[..., Started]) -> None:
    command = start("-m", "tokstats_parallel", *endless(place, *TYPED))
    command.wait_for("200,000 batches from")
    time.sleep(0.5)
    check(command, command.interrupt(signal.SIGTERM, group=group), 143)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_process_that_swallows_the_exception_ends_all_the_same(
    number: signal.Signals, code: int, start: Callable[..., Started]
) -> None:
    command = start("-c", STUBBORN)
    command.wait_for("ready")
    assert command.interrupt(number, group=False) < TIMES_AS_LONG
    assert command.process.returncode == code
    assert command.heard.splitlines()[-1] == "last words"
    assert command.left() == []


def test_a_question_after_ctrl_c_may_take_long_and_a_second_ctrl_c_answers_it(start: Callable[..., Started]) -> None:
    command = start("-c", ASKING)
    command.wait_for("ready")
    os.kill(command.process.pid, signal.SIGINT)
    command.wait_for("asked")
    assert command.interrupt(signal.SIGINT, group=False) < TIMES_AS_LONG
    assert command.process.returncode == 130
    assert command.heard == "ready\nasked\nanswered\nlast words\n"


def test_a_signal_that_is_ignored_stays_so(place: Place, start: Callable[..., Started]) -> None:
    """This is so after `nohup`, or for a background job of a script."""
    script = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    script += "from tokstats_parallel.commands.main import run\nrun()"
    command = start("-c", script, *endless(place, *TYPED))
    command.wait_until("SigIgn", signal.SIGINT)
    os.kill(command.process.pid, signal.SIGINT)
    time.sleep(1.2)
    assert command.process.poll() is None


def test_what_cannot_end_by_itself_is_ended_within_the_second(start: Callable[..., Started]) -> None:
    """In one of a few tries, since the machine may hold up any one of them."""
    seconds: list[float] = []
    while len(seconds) < TRIES and min(seconds, default=2.0) >= 1:
        command = start("-c", STUBBORN)
        command.wait_for("ready")
        seconds.append(command.interrupt(signal.SIGTERM, group=False))
        assert command.process.returncode == 143
        assert command.heard.splitlines()[-1] == "last words"
    assert min(seconds) < 1, seconds


INTERRUPTED_FROM_ANOTHER_THREAD = """
import signal, sys, threading, time
from tokstats_parallel.system.signals import end_promptly, interrupt_main_thread
if sys.argv[1] == "command":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_promptly("last words")
threading.Timer(0.05, interrupt_main_thread).start()
try:
    time.sleep(50)
except KeyboardInterrupt as interrupt:
    print(type(interrupt).__name__)
"""


@pytest.mark.parametrize(("where", "raised"), [("command", "Terminated"), ("script", "KeyboardInterrupt")])
def test_a_thread_interrupts_the_main_thread(where: str, raised: str) -> None:
    """It does so where Ctrl-C is ignored, as in the background of a shell, and where no signal is handled."""
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_FROM_ANOTHER_THREAD, where],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.stdout == f"{raised}\n", ended.stderr
