"""`kill -9` at random moments: the same command ends with the same files.

TEST_KILLS says how often (default 4); the moments are drawn from TEST_SEED.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.hub_double import make_dataset
from support.paths import ROOT, TESTS

from tokstats_parallel.prepare.writer import sha256_of

KILLS = int(os.environ.get("TEST_KILLS", "4"))
# A run is killed so often that it may be at its end before the kills are; then the next one begins in a new folder.
ROUND_KILLS = 6


def victim(hub: Path, out: Path) -> subprocess.Popen[str]:
    """Starts a run, and waits until it works."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, TESTS / "support" / "prepare_victim.py", hub, out],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def finish(hub: Path, out: Path) -> float:
    """Runs to the end; returns the seconds of work."""
    with victim(hub, out) as process:
        begun = time.monotonic()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return time.monotonic() - begun


def final_paths(out: Path) -> Iterator[Path]:
    return (out / folder / f"{language}.parquet" for folder in ("train", "valid") for language in ("python", "go"))


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_killed_at_random_moments(tmp_path: Path) -> None:
    for language in ("python", "go"):
        make_dataset(tmp_path, language)
    seconds = finish(tmp_path, tmp_path / "straight")
    expected = [sha256_of(path) for path in final_paths(tmp_path / "straight")]
    moments = random.Random(int(os.environ["TEST_SEED"]))  # noqa: S311 - repeatable
    kills = 0
    while kills < KILLS:
        out = tmp_path / f"killed-{kills}"
        for _ in range(min(ROUND_KILLS, KILLS - kills)):
            with victim(tmp_path, out) as process:
                time.sleep(moments.uniform(0, seconds * 0.7))
                process.kill()
            kills += 1
            for path in final_paths(out):
                if path.exists():
                    pq.read_table(path)  # whole, or it would not be read
        finish(tmp_path, out)
        assert [sha256_of(path) for path in final_paths(out)] == expected
