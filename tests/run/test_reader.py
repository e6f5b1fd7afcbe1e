"""Readers of the output: while runs replace the three files, each is there and complete at any moment."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from support.polling_reader import __file__ as reader
from support.runs import make_job, run, sha256s

RUNS = 50


def test_a_reader_never_sees_a_part_of_a_file(tmp_path: Path) -> None:
    """Two results take turns, so every run replaces every file by another."""
    job = make_job(tmp_path, num_batches=12)
    turns = [job, replace(job, seed=43)]
    output = tmp_path / "result" / "out.json"
    output.parent.mkdir()
    results = []
    for turn in turns:
        run(turn, output)
        results.append(sha256s(output))
    with subprocess.Popen(
        [sys.executable, reader, str(output)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as polling:
        assert polling.stdout is not None
        assert polling.stdout.readline() == "reads\n"
        for number in range(RUNS):
            run(turns[number % 2], output)
        said, _ = polling.communicate()
    assert polling.returncode == 0
    seen = json.loads(said)
    assert seen["reads"] > RUNS
    assert seen["json"] == sorted(json_digest for json_digest, _ in results)
    assert seen["parquet"] == sorted(parquet_digest for _, parquet_digest in results)
