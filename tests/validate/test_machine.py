"""Checks of disk and memory."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.places import Place
from support.validation import checks_of, report

from tokstats_parallel.system.workers_and_memory import measure_free_memory
from tokstats_parallel.validate import machine
from tokstats_parallel.validate.check import CheckStatus


def disk(free: int) -> Callable[[Path], Any]:
    usage = shutil.disk_usage("/")
    return lambda _path: usage._replace(free=free)


def test_a_full_disk_fails_cache_and_output(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", disk(100))
    checks = checks_of(place, quick=False)
    for name in ("cache", "output"):
        assert checks[name][0] is CheckStatus.FAILED
        assert checks[name][2].startswith("make room")


def test_a_nearly_full_disk_is_a_warning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = sum(data.bytes_to_convert for data in report(place).data)
    monkeypatch.setattr(shutil, "disk_usage", disk(needed + 1))
    assert checks_of(place)["cache"][0] is CheckStatus.WARNING


def test_too_little_memory(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "measure_free_memory", lambda: 1000)
    assert checks_of(place)["memory"][0] is CheckStatus.WARNING  # 700 MB for each are only what is allowed
    status, detail, remedy = checks_of(place, quick=False)["memory"]
    assert status is CheckStatus.FAILED
    assert detail.endswith("0.0 MB free")
    assert remedy == "use --workers 1, or free memory"


def test_free_memory_is_measured() -> None:
    assert 10**7 < measure_free_memory() < 10**14


def test_without_a_cache_every_worker_holds_the_rows(place: Place) -> None:
    with_cache = report(place, quick=False).estimate
    without = report(place, quick=False, use_cache=False)
    assert with_cache
    assert without.estimate
    held = sum(data.text_bytes for data in without.data)
    assert without.estimate.worker_bytes >= held
    assert any("every process holds all rows" in check.detail for check in without.checks)
