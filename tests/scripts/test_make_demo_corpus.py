"""The demo corpus, from files of this machine."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "scripts" / "make_demo_corpus.py"


def run(out: Path) -> str:
    environment = {"PYTHONPATH": str(SCRIPT.parent.parent), "COLUMNS": "120"}
    command = [sys.executable, str(SCRIPT), "--out", str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def test_three_languages_of_real_text_once(tmp_path: Path) -> None:
    assert "Prepared" in run(tmp_path)
    corpora = {path.stem: pq.read_table(path)["text"].to_pylist() for path in tmp_path.glob("*.parquet")}
    assert sorted(corpora) == ["cpp", "markdown", "python"]
    for texts in corpora.values():
        assert sum(map(len, texts)) > 200_000
        assert len(set(texts)) == len(texts)
    assert sum("import " in text for text in corpora["python"]) > len(corpora["python"]) / 2
    assert sum("#include" in text for text in corpora["cpp"]) > len(corpora["cpp"]) / 2
    assert run(tmp_path) == f"{tmp_path}: the demo corpus is there already\n"
