"""`scripts/debian_for_tests.sh` and what it unpacks: the reason why a program is missing is kept."""

import os
import subprocess
from pathlib import Path

import pytest
from support.paths import ROOT


@pytest.mark.parametrize(
    ("script", "name"), [("slurm", "Slurm"), ("parallel", "GNU parallel"), ("chromium", "Chromium")]
)
def test_the_reason_why_there_is_no_program_is_kept(script: str, name: str, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "mkdir", "rm", "tee", "dirname", "cat"):
        (tools / tool).symlink_to(f"/bin/{tool}")
    done = subprocess.run(
        [ROOT / "scripts" / f"{script}_for_tests.sh", tmp_path / "unpacked"],
        env=os.environ | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (tmp_path / "unpacked" / "missing").read_text("utf-8") == done.stderr
    assert done.stderr == f"this system has no apt-get to get {name}'s packages with\n"
