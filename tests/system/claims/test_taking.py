"""Taking claims: one process wins each, a dead holder's claim is taken at once or after silence, a live one's never."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.claimants import LONG, ROUND_SECONDS, Claimant, try_to_take
from support.paths import ROOT, TESTS

from tokstats_parallel.system.claims import claim_file, taking
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.taking import ClaimedError, Limits, Taking
from tokstats_parallel.system.clock import ActiveTime
from tokstats_parallel.system.process_identity import ProcessIdentity, new_writer_name, this_process

SHORT = Limits(beat=0.1, silence=2.0)
ME = this_process()
ELSEWHERE = replace(ME, host="elsewhere")
RACERS, ROUNDS = 4, 100


def ended_process() -> ProcessIdentity:
    """The identity of a process of this machine that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pid = process.pid
    return replace(ME, pid=pid, started=1)


def put(folder: Path, process: ProcessIdentity, generation: int = 1, *, ended: bool = False) -> Path:
    path = claim_file.path_of(folder, "x", generation)
    claim_file.make(path, Claim(writer=f"writer-{generation}", process=process, ended=ended))
    return path


def taken_after(folder: Path, limits: Limits = SHORT) -> tuple[int, float]:
    """Takes the claim x; returns its generation and the time that it took in seconds."""
    begun = time.monotonic()
    claim = Claim(writer=new_writer_name(), process=ME)
    taken = Taking(folder=folder, name="x", what="x", limits=limits, on_wait=lambda _claim: None).take(claim)
    return taken.generation, time.monotonic() - begun


@pytest.mark.parametrize("before", ["nobody", "ended", "killed"])
def test_of_many_processes_one_wins_each_round(before: str, tmp_path: Path) -> None:
    if before != "nobody":
        holder = ended_process() if before == "killed" else ELSEWHERE
        claim = Claim(writer="w", process=holder, ended=before == "ended")
        for number in range(ROUNDS):
            claim_file.make(claim_file.path_of(tmp_path, f"race-{number}", 1), claim)
    command = [sys.executable, str(TESTS / "support" / "claimants.py"), "race", str(tmp_path), str(ROUNDS)]
    start = time.monotonic() + 1.0
    racers = [
        subprocess.Popen(
            [*command, str(start)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{TESTS}"},
        )
        for _ in range(RACERS)
    ]
    lines = [racer.stdout.readline() if racer.stdout else b"" for racer in racers]
    for racer in racers:
        racer.communicate()
    assert sorted(int(number) for line in lines for number in line.split()) == list(range(ROUNDS))
    assert {path.name for path in tmp_path.iterdir()} == {
        f"race-{number}.claim-{generation}"
        for number in range(ROUNDS)
        for generation in ((1,) if before == "nobody" else (1, 2))
    }
    assert time.monotonic() - start > ROUNDS * ROUND_SECONDS, "nobody waits for the others' moments"


def test_the_first_claim_is_the_first_generation(tmp_path: Path) -> None:
    assert taken_after(tmp_path, LONG)[0] == 1
    assert claim_file.highest_generations(tmp_path) == {"x": 1}


def test_a_claim_that_has_ended_is_free(tmp_path: Path) -> None:
    put(tmp_path, ELSEWHERE, 1)
    put(tmp_path, ELSEWHERE, 2, ended=True)
    assert taken_after(tmp_path, LONG)[0] == 3


def test_a_process_that_has_ended_on_this_machine_has_no_claim(tmp_path: Path) -> None:
    put(tmp_path, ended_process())
    assert taken_after(tmp_path, LONG)[0] == 2


def test_a_killed_holder_is_replaced_at_once(tmp_path: Path) -> None:
    with Claimant(tmp_path, "x", LONG) as first:
        assert first.says() == "holds 1"
        assert try_to_take(tmp_path, "x") is None
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        with Claimant(tmp_path, "x", LONG) as second:
            assert second.says() == "holds 2"


def test_a_zombie_has_no_claim(tmp_path: Path) -> None:
    with Claimant(tmp_path, "x", LONG) as first:
        assert first.says() == "holds 1"
        os.kill(first.process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, first.process.pid, os.WEXITED | os.WNOWAIT)
        assert try_to_take(tmp_path, "x") == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda process: replace(process, host="elsewhere"),
        lambda process: replace(process, boot="another"),
        lambda process: replace(process, namespaces="pid:[1] time:[1]"),
        lambda process: replace(process, boot="", namespaces=""),
    ],
    ids=["host", "boot", "namespaces", "unknown"],
)
def test_an_ended_process_elsewhere_is_waited_for(
    change: Callable[[ProcessIdentity], ProcessIdentity], tmp_path: Path
) -> None:
    put(tmp_path, change(ended_process()))
    generation, seconds = taken_after(tmp_path)
    assert generation == 2
    assert SHORT.silence <= seconds < 5 * SHORT.silence
    told = claim_file.parsed(claim_file.path_of(tmp_path, "x", 1).read_bytes())
    assert told
    assert (told.ended, told.process) == (True, ME), "a holder that lives finds this at its next beat"


def test_a_beat_while_it_is_watched_names_the_holder(tmp_path: Path) -> None:
    with Claimant(tmp_path, "x", SHORT) as holder:
        assert holder.says() == "holds 1"
        with Claimant(tmp_path, "x", SHORT) as other:
            assert other.says() == "waits"
            assert other.says() == f"refused {holder.process.pid}"
            assert other.gives_back() == 0
        assert holder.gives_back() == 0
    assert taken_after(tmp_path, LONG)[0] == 2


def test_the_refusal_is_one_line_with_host_and_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, ELSEWHERE)
    beat = Claim(writer="writer-1", process=ELSEWHERE, beat=1)
    monkeypatch.setattr(time, "sleep", lambda _seconds: claim_file.rewrite(path, beat))
    with pytest.raises(ClaimedError) as caught:
        taken_after(tmp_path)
    assert str(caught.value) == (
        f"x: process {ME.pid} on elsewhere is at work on it; wait for that process, or end it and run this again"
    )
    assert caught.value.exit_code == 3


def test_a_claim_given_back_while_it_is_watched_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, ELSEWHERE)
    last = Claim(writer="writer-1", process=ELSEWHERE, beat=1, ended=True)
    monkeypatch.setattr(time, "sleep", lambda _seconds: claim_file.rewrite(path, last))
    assert taken_after(tmp_path, LONG)[0] == 2


def test_a_patient_process_waits_for_a_living_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, ELSEWHERE)
    naps = []
    waits: list[Claim | None] = []

    def nap(_seconds: float) -> None:
        naps.append(1)
        if len(naps) <= 30:
            beats = Claim(writer="writer-1", process=ELSEWHERE, beat=len(naps), ended=len(naps) == 30)
            claim_file.rewrite(path, beats)
        if len(naps) == 30:
            claim_file.path_of(tmp_path, "x", 2).touch()  # another patient process
        if len(naps) == 31:
            path.unlink()
            claim_file.path_of(tmp_path, "x", 2).unlink()

    monkeypatch.setattr(time, "sleep", nap)
    claim = Claim(writer="me", process=ME)
    limits = Limits(beat=1.0, silence=1.5)
    taking = Taking(folder=tmp_path, name="x", what="x", limits=limits, on_wait=waits.append, patient=True)
    assert taking.take(claim).generation == 1
    assert len(naps) == 32, "one more where the files are gone"
    assert len(waits) == 1, "told once"


@pytest.mark.parametrize("content", [b"", b'{"writer": "a", "process": {"host"', b"\0" * 1024, b"[1]", b"{}"], ids=repr)
def test_a_torn_file_counts_as_alive_until_it_is_silent(content: bytes, tmp_path: Path) -> None:
    claim_file.path_of(tmp_path, "x", 7).write_bytes(content)
    generation, seconds = taken_after(tmp_path)
    assert generation == 8
    assert seconds >= SHORT.silence


def test_a_torn_file_that_changes_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = claim_file.path_of(tmp_path, "x", 1)
    path.write_bytes(b"")
    monkeypatch.setattr(time, "sleep", lambda _seconds: path.write_bytes(b'{"wri'))
    with pytest.raises(ClaimedError, match="a process that has just begun is at work"):
        taken_after(tmp_path, LONG)


def test_a_taker_that_slept_does_not_count_its_sleep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, ELSEWHERE)
    naps = []
    beat = Claim(writer="writer-1", process=ELSEWHERE, beat=1)

    def nap(_seconds: float) -> None:
        naps.append(1)
        clock.now += 3600  # a suspended machine, with the holder on it
        if len(naps) == 5:
            claim_file.rewrite(path, beat)

    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(time, "sleep", nap)
    monkeypatch.setattr(taking, "ActiveTime", lambda step: ActiveTime(step, clock))
    with pytest.raises(ClaimedError):
        taken_after(tmp_path)


def test_a_list_that_is_older_than_a_file_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, ELSEWHERE, 1, ended=True)
    put(tmp_path, ELSEWHERE, 2, ended=True)
    monkeypatch.setattr(claim_file, "highest_generations", lambda _folder: {"x": 1})
    assert taken_after(tmp_path, LONG)[0] == 3


def test_a_folder_that_is_emptied_meanwhile_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, ELSEWHERE, 4)
    monkeypatch.setattr(time, "sleep", lambda _seconds: path.unlink(missing_ok=True))
    assert taken_after(tmp_path, LONG)[0] == 1


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        taken_after(tmp_path / "none")
