"""Fixture of a small setup in which a run succeeds."""

from pathlib import Path

import pytest
from support.places import Place, make_place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)
