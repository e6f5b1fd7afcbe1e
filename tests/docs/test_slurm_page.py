"""`docs/slurm.md`: its commands run in a real Slurm in their order, and its words for ends are the program's."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from support.paths import ROOT
from support.places import make_place
from support.slurm import PARTITION, cluster

from tokstats_parallel.commands.engine_options import SlurmWords
from tokstats_parallel.engines.slurm.endings import Cause

PAGE = (ROOT / "docs" / "slurm.md").read_text("utf-8")
TOKENIZER = ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer"
SMALL = {"200000": "200", "--partition cpu": f"--partition {PARTITION}", "--partition=cpu": f"--partition={PARTITION}"}
LESS = {
    "-per-task 8": "-per-task 1",
    "-per-task=8": "-per-task=1",
    "16G": "100M",
    "100 ": "4 ",
    "100'": "4'",
    "0-99": "0-3",
}


def test_the_commands_run_in_their_order(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write(tokenizer_name=str(TOKENIZER))
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    for long, short in (LESS | SMALL).items():
        assert long in blocks, long
        blocks = blocks.replace(long, short)
    with cluster() as slurm:
        environment = slurm.environment | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{slurm.environment['PATH']}"
        }
        done = subprocess.run(
            ["bash", "-e", "-c", blocks],  # noqa: S607 - as a user's shell
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "by_hand.json").read_bytes() == (tmp_path / "frequencies.json").read_bytes()
    assert json.loads((tmp_path / "by_hand.manifest.json").read_text())["batches"] == 200
    assert (tmp_path / "run.sh").read_text().startswith("#!/bin/bash\n#SBATCH ")


def test_the_table_has_every_end_of_a_task() -> None:
    table = PAGE.partition("| what befell tasks |")[2].partition("\n\n")[0]
    rows = {row[1].strip(): row[3].strip() for line in table.splitlines()[2:] if (row := line.split("|"))}
    for cause in set(Cause) - {Cause.LOST, Cause.FORGOTTEN}:
        assert [code for words, code in rows.items() if words.startswith(cause.happened)] == [
            "1" if cause.is_failure else "3"
        ]


def test_every_option_of_the_engine_is_explained() -> None:
    options = {f"--{name.replace('_', '-')}" for name in SlurmWords.__dataclass_fields__}
    assert {option for option in options if f"{option}`" not in PAGE and f"`{option} " not in PAGE} == set()
