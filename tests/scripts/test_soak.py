"""The soak test in short: a few kills of the real command; `make soak` makes 200."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import soak
from soaking.folder import Result, SoakFolder, strays, whole
from soaking.rounds import Soak, SoakError, Tally
from soaking.victim import has_traceback

SEED = int(os.environ["TEST_SEED"])
KILLS = int(os.environ.get("TEST_KILLS", "10"))


@pytest.fixture
def folder(tmp_path: Path) -> SoakFolder:
    return SoakFolder.make(tmp_path / "inputs", batches=60, size=2000)


def test_killed_at_random_moments_every_result_is_the_same(folder: SoakFolder) -> None:
    lines: list[str] = []
    tally = Soak(folder, kills=KILLS, seed=SEED, tell=lines.append).run()
    assert tally.kills == KILLS
    assert tally.commands >= tally.rounds == len(lines) >= 1
    assert lines[-1] == f"{KILLS} of {KILLS} kills, {tally.rounds} results, all identical"


def test_a_command_that_fails_by_itself_ends_the_soak(folder: SoakFolder) -> None:
    (folder.path / "train" / "go.parquet").write_text("nothing")
    with pytest.raises(SoakError, match=r"undisturbed run fails: tokstats: error: .*go\.parquet"):
        Soak(folder, kills=1, seed=SEED, tell=print).run()


def test_another_result_and_what_is_left_over_are_noticed(tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    nothing = Result.of(output)
    output.write_text("{}")
    (tmp_path / "out.parquet").write_text("x")
    ours = Result.of(output)
    assert whole(output, [nothing, ours])
    assert not whole(output, [nothing, replace(ours, parquet="another")])
    assert strays(output) == set()
    (tmp_path / ".out.json.tmp").touch()
    assert strays(output) == {".out.json.tmp"}


HALF_START = """\
Traceback (most recent call last):
  File "<string>", line 1, in <module>
    exitcode = _main(fd, parent_sentinel)
EOFError: Ran out of input
"""


def test_only_a_process_that_was_being_started_may_end_with_a_traceback() -> None:
    assert not has_traceback(f"tokstats: a notice\n{HALF_START}{HALF_START}")
    assert has_traceback(HALF_START.replace("EOFError: Ran out of input", "ValueError: no"))
    assert has_traceback(f"{HALF_START.replace('EOFError: Ran out of input', 'ValueError: no')}{HALF_START}")


def test_the_summary_is_one_line() -> None:
    tally = Tally(rounds=2, commands=9)
    tally.targets.update({"all": 3, "worker": 4})
    tally.phases.update({"starting": 7})
    assert soak.summary(tally, 61.7) == "soak: 7 kills (all 3, worker 4; starting 7) at 9 commands, 2 results in 62 s"
