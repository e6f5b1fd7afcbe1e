"""The record of submitted arrays."""

from pathlib import Path

import pytest

from tokstats_parallel.engines.slurm import record
from tokstats_parallel.engines.slurm.record import RecordedArray
from tokstats_parallel.engines.slurm.script import log_path
from tokstats_parallel.errors import ResumeError
from tokstats_parallel.run.work_folder import is_ours

ARRAYS = [
    RecordedArray(name="tokstats-1", width=4, elements=(0, 2), job="17"),
    RecordedArray(name="tokstats-2", width=1001, elements=(5,)),
]


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert record.read(tmp_path) == []
    record.write(tmp_path, ARRAYS)
    assert record.read(tmp_path) == ARRAYS


def test_its_files_are_known_to_the_work_folder(tmp_path: Path) -> None:
    assert is_ours(record.NAME)
    assert is_ours(f".{record.NAME}.tokstats.tmp")
    assert is_ours(log_path(tmp_path, "123", 4).name)
    assert not is_ours("slurm-notes.log")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2, "arrays": []}', '{"format": 1, "arrays": [{"name": "x"}]}', "\udcff"]
)
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / record.NAME).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(ResumeError, match=r"slurm\.json: damaged.*remove it"):
        record.read(tmp_path)


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / record.NAME).mkdir()
    with pytest.raises(ResumeError, match=r"slurm\.json: cannot be read \(Is a directory\)"):
        record.read(tmp_path)
