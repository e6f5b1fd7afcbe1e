"""The number of workers by affinity, control groups, memory and shards, on simulated machines."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tokstats_parallel.errors import ConfigError
from tokstats_parallel.system import workers_and_memory as resources
from tokstats_parallel.system.control_groups import count_oom_kills
from tokstats_parallel.system.workers_and_memory import (
    WORKER_BYTES,
    choose_threads,
    choose_workers,
    parse_workers,
    worker_memory,
)

UNLIMITED_V1 = str(2**63 - 4096)
GB = 10**9


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
        yield


def machine(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    for name, text in (files | ({"proc/self/cgroup": cgroup} if cgroup else {})).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    return root


V1 = "5:cpu,cpuacct:/box\n4:memory:/box\n0::/"
V2 = "0::/user/box"


@pytest.mark.parametrize(
    ("cgroup", "files", "free", "expected"),
    [
        pytest.param("", {}, 100 * GB, 8, id="no control groups"),
        pytest.param("", {}, 3 * WORKER_BYTES + 1, 3, id="memory"),
        pytest.param("", {}, 1000, 1, id="no memory to speak of"),
        pytest.param(V2, {"user/box/cpu.max": "max 100000"}, 100 * GB, 8, id="v2 without a quota"),
        pytest.param(V2, {"user/box/cpu.max": "250000 100000"}, 100 * GB, 3, id="v2 quota, rounded up"),
        pytest.param(
            V2, {"user/box/cpu.max": "max 100000", "user/cpu.max": "50000 100000"}, 100 * GB, 1, id="v2 outer"
        ),
        pytest.param(V2, {"cpu.max": "200000 100000"}, 100 * GB, 2, id="v2, the group seen as the root"),
        pytest.param(
            V2,
            {"user/box/memory.max": str(2 * WORKER_BYTES), "user/box/memory.current": "0"},
            100 * GB,
            2,
            id="v2 memory",
        ),
        pytest.param(
            V2,
            {
                "user/box/memory.max": str(6 * WORKER_BYTES),
                "user/box/memory.current": str(4 * WORKER_BYTES),
                "user/box/memory.stat": f"anon 5\ninactive_file {2 * WORKER_BYTES}",
            },
            100 * GB,
            4,
            id="v2 memory, page cache reclaimed",
        ),
        pytest.param(V2, {"user/box/memory.max": "max", "user/box/memory.current": "5"}, 100 * GB, 8, id="v2 no limit"),
        pytest.param(
            V1,
            {"cpu/box/cpu.cfs_quota_us": "400000", "cpu/box/cpu.cfs_period_us": "100000"},
            100 * GB,
            4,
            id="v1 quota",
        ),
        pytest.param(
            V1,
            {"cpu/box/cpu.cfs_quota_us": "-1", "cpu/box/cpu.cfs_period_us": "100000"},
            100 * GB,
            8,
            id="v1 without a quota",
        ),
        pytest.param(
            V1,
            {
                "memory/memory.limit_in_bytes": str(5 * WORKER_BYTES),
                "memory/memory.usage_in_bytes": str(3 * WORKER_BYTES),
                "memory/memory.stat": f"total_inactive_file {WORKER_BYTES}",
            },
            100 * GB,
            3,
            id="v1 memory, seen as the root",
        ),
        pytest.param(
            V1,
            {"memory/memory.limit_in_bytes": UNLIMITED_V1, "memory/memory.usage_in_bytes": "77"},
            100 * GB,
            8,
            id="v1 no limit",
        ),
    ],
)
def test_auto_takes_the_least(tmp_path: Path, cgroup: str, files: dict[str, str], free: int, expected: int) -> None:
    root = machine(tmp_path, cgroup, {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    chosen = choose_workers(None, shards=1000, root=root, free_memory=free)
    assert chosen.count == expected
    assert chosen.reason.startswith(f"workers: {expected}, the least of CPUs: 8, ")
    assert "\n" not in chosen.reason


def test_auto_counts_affinity_and_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_workers(None, shards=3, root=tmp_path, free_memory=100 * GB).count == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {1, 5})
    assert choose_workers(None, shards=300, root=tmp_path, free_memory=100 * GB).count == 2


@pytest.mark.parametrize(("value", "expected"), [("4", 4), ("100", 8), ("", 8), ("0", 8), ("many", 8)])
def test_auto_counts_the_cpus_that_slurm_gives(
    value: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", value)
    chosen = choose_workers(None, shards=300, root=tmp_path, free_memory=100 * GB)
    assert chosen.count == expected
    assert ("SLURM_CPUS_PER_TASK: 4" in chosen.reason) == (value == "4")
    assert choose_threads(64, root=tmp_path) == expected
    assert choose_workers(9, shards=300, root=tmp_path).count == 9


def test_without_affinity_all_cpus_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert choose_workers(None, shards=300, root=tmp_path, free_memory=100 * GB).count == 6


@pytest.mark.parametrize(("workers", "cpus", "expected"), [(1, 64, 1), (5, 64, 5), (64, 64, 8), (64, 2, 2), (1, 1, 1)])
def test_a_merge_has_no_more_threads_than_workers_and_cpus(
    workers: int, cpus: int, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cpus)))
    assert choose_threads(workers, root=tmp_path) == expected
    quota = {"sys/fs/cgroup/user/box/cpu.max": "150000 100000"}
    assert choose_threads(workers, root=machine(tmp_path, V2, quota)) == min(expected, 2)


def test_on_this_machine() -> None:
    assert 1 <= choose_workers(None, shards=5).count <= 5


def test_the_reason_says_what_was_looked_at(tmp_path: Path) -> None:
    chosen = choose_workers(None, shards=12, root=tmp_path, free_memory=5 * GB)
    expected = "workers: 7, the least of CPUs: 8, free memory (5.0 GB at 700 MB each): 7, most shards: 12"
    assert chosen.reason == expected


def test_a_number_is_taken_as_it_is_up_to_the_shards() -> None:
    assert choose_workers(64, shards=100) == resources.Workers(64, "workers: 64, as asked")
    assert choose_workers(64, shards=3).count == 3


@pytest.mark.parametrize(("typed", "expected"), [("auto", None), ("1", 1), ("16", 16)])
def test_workers_as_typed(typed: str, expected: int | None) -> None:
    assert parse_workers(typed) == expected


@pytest.mark.parametrize("typed", ["0", "-1", "two", "", "1.5", "Auto", "٣", "00"])
def test_workers_that_make_no_sense(typed: str) -> None:
    with pytest.raises(ConfigError, match=r"^--workers '.*': must be 'auto' or a whole number, 1 or more$"):
        parse_workers(typed)


def test_the_least_memory_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/user/box/memory.max": "4000",
        "sys/fs/cgroup/user/box/memory.current": "1000",
        "sys/fs/cgroup/user/memory.max": "9000",
        "sys/fs/cgroup/user/memory.current": "8000",
    }
    machine(tmp_path, V2, files)
    assert resources.measure_memory(tmp_path, 5 * GB) == resources.AvailableMemory(1000, 9000, "in the control group")
    assert resources.measure_memory(tmp_path, 500).free == 500
    assert resources.measure_memory(tmp_path, 500).total > GB


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        pytest.param("", {}, None, id="another system"),
        pytest.param("", {"proc/vmstat": "nr_free_pages 12\noom_kill 3\n"}, 3, id="the machine"),
        pytest.param("", {"proc/vmstat": "nr_free_pages 12"}, None, id="an old kernel"),
        pytest.param(
            V2,
            {"sys/fs/cgroup/user/box/memory.events": "oom 4\noom_kill 2", "proc/vmstat": "oom_kill 30"},
            2,
            id="the group, v2",
        ),
        pytest.param(
            V1,
            {"sys/fs/cgroup/memory/box/memory.oom_control": "under_oom 0\noom_kill 5", "proc/vmstat": "oom_kill 30"},
            5,
            id="the group, v1",
        ),
    ],
)
def test_oom_kills(cgroup: str, files: dict[str, str], expected: int | None, tmp_path: Path) -> None:
    assert count_oom_kills(machine(tmp_path, cgroup, files)) == expected


def test_memory_of_processes_that_have_ended() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert worker_memory([gone.pid]) == resources.WorkerMemory(0, 0)
    alone = worker_memory([gone.pid, os.getpid()])
    assert alone.largest == alone.total > 1_000_000
    assert worker_memory([]) == resources.WorkerMemory(0, 0)
