"""Holding a claim: beats, the loss of a claim after a long silence, and the end."""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.claimants import Claimant
from support.takeover import take_over

from tokstats_parallel.errors import OutputError, TokstatsError
from tokstats_parallel.system.claims import claim_file, holder
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.holder import ClaimLostError, Holder, held
from tokstats_parallel.system.claims.taking import Limits, Taken, Taking
from tokstats_parallel.system.clock import seconds_with_sleep
from tokstats_parallel.system.process_identity import new_writer_name, this_process

SHORT = Limits(beat=0.05, silence=1.0)
RARE = Limits(beat=600.0, silence=6000.0)
PATIENCE = 20.0


class Clock:
    """Clock of the holder, which a test puts forward."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        patch.setattr(holder, "seconds_with_sleep", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def taking(folder: Path, limits: Limits) -> Taking:
    return Taking(folder=folder, name="x", what="task x", limits=limits, on_wait=lambda _claim: None)


def read(folder: Path, generation: int = 1) -> Claim:
    claim = claim_file.parsed(claim_file.path_of(folder, "x", generation).read_bytes())
    assert claim
    return claim


def new_holder(folder: Path, clock: Clock | None = None) -> Holder:
    claim = Claim(writer=new_writer_name(), process=this_process())
    claim_file.make(claim_file.path_of(folder, "x", 1), claim)
    return Holder(taking(folder, RARE), claim, Taken(1, clock.now if clock else seconds_with_sleep(), None))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


def not_lost(error: TokstatsError) -> None:
    pytest.fail(str(error))


def test_beats_go_on_until_the_end_and_tell_the_facts(tmp_path: Path) -> None:
    with held(taking(tmp_path, SHORT), on_lost=not_lost, facts={"workers": 3}) as holding:
        first = read(tmp_path)
        assert (first.process, first.beat, first.ended) == (this_process(), 0, False)
        assert first.writer == holding.writer
        holding.tell({"shards": 12})
        until(lambda: read(tmp_path).beat >= 3)
        assert read(tmp_path).facts == {"workers": 3, "shards": 12}
    last = read(tmp_path)
    assert last.ended
    assert {path.name for path in tmp_path.iterdir()} == {"x.claim-1"}
    assert all(thread.name != "claim" for thread in threading.enumerate())


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_any_end_but_a_kill_gives_the_claim_back(failure: BaseException, tmp_path: Path) -> None:
    def fail() -> None:
        with held(taking(tmp_path, RARE), on_lost=not_lost):
            raise failure

    with pytest.raises(type(failure)):
        fail()
    assert read(tmp_path).ended


def test_a_beat_changes_the_content_and_not_the_size(tmp_path: Path) -> None:
    holding = new_holder(tmp_path)
    path = claim_file.path_of(tmp_path, "x", 1)
    contents = [path.read_bytes()]
    for _ in range(12):
        holding.beat()
        contents.append(path.read_bytes())
    assert len(set(contents)) == 13
    assert {len(content) for content in contents} == {1024}


def test_facts_that_shrink_again_leave_a_claim_that_can_be_read(tmp_path: Path) -> None:
    holding = new_holder(tmp_path)
    for text in ("a" * 3000, "b"):
        holding.tell({"text": text})
        holding.beat()
        assert read(tmp_path).facts == {"text": text}


def test_a_takeover_is_noticed_at_the_next_beat(tmp_path: Path) -> None:
    holding = new_holder(tmp_path)
    take_over(tmp_path, "x")
    holding.beat()
    assert str(holding.lost) == (
        "task x: this process stops, because another one has taken over while it gave no sign of life; "
        "what is saved is kept"
    )
    assert isinstance(holding.lost, ClaimLostError)
    assert holding.lost.exit_code == 3


@pytest.mark.parametrize("ended", [False, True])
def test_a_claim_that_is_gone_is_lost_except_at_the_end(ended: bool, tmp_path: Path) -> None:
    holding = new_holder(tmp_path)
    claim_file.path_of(tmp_path, "x", 1).unlink()
    holding.beat(ended=ended)
    assert (holding.lost is None) == ended
    assert list(tmp_path.iterdir()) == [], "a beat makes no file"


def test_no_beat_asks_for_a_file_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system may then believe for a minute that it is missing."""
    holding = new_holder(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda path, **_: pytest.fail(f"asks for {path}"))
        holding.beat()
    assert holding.lost is None


def test_a_claim_that_somebody_else_has_made_anew_is_lost(tmp_path: Path) -> None:
    holding = new_holder(tmp_path)
    path = claim_file.path_of(tmp_path, "x", 1)
    path.unlink()
    theirs = Claim(writer="somebody", process=this_process())
    claim_file.make(path, theirs)
    holding.beat()
    assert isinstance(holding.lost, ClaimLostError)
    assert read(tmp_path) == theirs


def test_a_holder_that_slept_makes_the_next_generation_and_goes_on(tmp_path: Path, clock: Clock) -> None:
    holding = new_holder(tmp_path, clock)
    clock.now += RARE.give_up + 1
    holding.beat()
    assert holding.lost is None
    assert read(tmp_path, 2).writer == holding.writer
    holding.beat()
    assert (read(tmp_path, 1).beat, read(tmp_path, 2).beat) == (0, 2)
    assert holding.lost is None


def test_a_holder_that_slept_finds_that_it_was_replaced(tmp_path: Path, clock: Clock) -> None:
    holding = new_holder(tmp_path, clock)
    claim_file.path_of(tmp_path, "x", 2).touch()
    clock.now += RARE.give_up + 1
    holding.beat()
    assert isinstance(holding.lost, ClaimLostError)
    assert claim_file.path_of(tmp_path, "x", 2).read_bytes() == b"", "only its maker writes a claim"


def test_beats_that_cannot_be_written_are_passed_over_until_others_may_take_over(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding = new_holder(tmp_path, clock)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(claim_file, "_write", fail)
        clock.now += RARE.give_up
        holding.beat()
        assert holding.lost is None
    holding.beat()
    with monkeypatch.context() as patch:
        patch.setattr(claim_file, "_write", fail)
        clock.now += RARE.give_up + 1
        assert RARE.give_up < RARE.silence
        holding.beat()
    assert isinstance(holding.lost, OutputError)
    path = claim_file.path_of(tmp_path, "x", 1)
    assert str(holding.lost) == (
        f"{path}: cannot be written for 4501 s (Input/output error); see to the disk and run the same command again"
    )


def test_a_loss_is_told_once_and_raised_instead_of_the_interrupt(tmp_path: Path) -> None:
    told: list[TokstatsError] = []

    def work() -> None:
        with held(taking(tmp_path, SHORT), on_lost=told.append):
            take_over(tmp_path, "x")
            until(lambda: bool(told))
            raise KeyboardInterrupt

    with pytest.raises(ClaimLostError) as caught:
        work()
    assert told == [caught.value]
    assert read(tmp_path).writer == "other", "the loser writes nothing any more"


def test_a_loss_that_only_the_end_notices_is_raised(tmp_path: Path) -> None:
    def work() -> None:
        with held(taking(tmp_path, RARE), on_lost=not_lost):
            claim_file.path_of(tmp_path, "x", 2).touch()

    with pytest.raises(ClaimLostError):
        work()


def test_a_loss_may_mean_only_that_work_is_done_twice(tmp_path: Path) -> None:
    with held(taking(tmp_path, SHORT), on_lost=None) as holding:
        take_over(tmp_path, "x")
        until(lambda: holding.lost is not None)
    assert read(tmp_path).writer == "other"


def test_a_claim_that_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"), held(taking(tmp_path, RARE), on_lost=not_lost):
        pytest.fail("it is held")
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_holder_is_replaced_and_notices_when_it_goes_on(tmp_path: Path) -> None:
    with Claimant(tmp_path, "x", SHORT) as first:
        assert first.says() == "holds 1"
        first.process.send_signal(signal.SIGSTOP)
        with Claimant(tmp_path, "x", SHORT) as second:
            assert second.says() == "waits"
            assert second.says() == "holds 2"
            first.process.send_signal(signal.SIGCONT)
            assert first.says() == "lost"
            assert first.process.wait(PATIENCE) == 0
            until(lambda: read(tmp_path, 2).beat >= 3)
            assert second.gives_back() == 0
    assert read(tmp_path, 2).ended


def test_a_stopped_holder_that_nobody_has_replaced_goes_on(tmp_path: Path) -> None:
    with Claimant(tmp_path, "x", SHORT) as only:
        assert only.says() == "holds 1"
        only.process.send_signal(signal.SIGSTOP)
        time.sleep(SHORT.silence)
        only.process.send_signal(signal.SIGCONT)
        until(lambda: claim_file.highest_generations(tmp_path) == {"x": 2})
        assert only.gives_back() == 0
    assert read(tmp_path, 2).ended
