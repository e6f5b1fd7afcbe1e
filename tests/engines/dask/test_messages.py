"""Messages about Dask clusters: the reason of a death is that of the nanny, and several threads are told apart."""

from tokstats_parallel.engines.dask.messages import failure, killed, reason_of_death
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard

SHARD = Shard("go", 0, 20, 10)
NANNY = "2026-01-01 00:00:00,000 - distributed.nanny - {} - {}"


def test_the_newest_reason_is_taken() -> None:
    lines = [
        NANNY.format("WARNING", "Restarting worker (status=Status.running)"),
        NANNY.format("INFO", "Worker process 12 exited with status 3"),
        NANNY.format("INFO", "Worker process 11 was killed by signal 9"),
    ]
    assert reason_of_death(lines) == "Worker process 12 exited with status 3"
    assert reason_of_death(lines[:1]) == ""


def test_a_limit_of_memory_is_the_reason_of_the_kill_that_follows() -> None:
    over = "Worker tcp://10.0.0.1:1 (pid=11) exceeded 95% memory budget. Restarting..."
    lines = [
        NANNY.format("INFO", "Worker process 11 was killed by signal 15"),
        NANNY.format("WARNING", over),
        NANNY.format("INFO", "Worker process 9 was killed by signal 9"),
    ]
    assert reason_of_death(lines) == over.rstrip(".")


def test_all_shards_of_a_worker_are_named() -> None:
    text = killed([SHARD, Shard("cpp", 0, 0, 10)], 4, "")
    assert text.startswith(
        "shard go.0.20-30 (language go, batches 20 to 29 of its pool 0) or shard cpp.0.0-10 (language cpp, batches 0 "
        "to 9 of its pool 0): its Dask worker died, 4 times in a row (killed, or out of memory; "
    )


def test_failures_of_shards() -> None:
    assert failure(SHARD, WorkerError("shard go.0.20-30: no")) == "shard go.0.20-30: no"
    assert failure(SHARD, MemoryError()).startswith("shard go.0.20-30 (language go, batches 20 to 29 of its pool 0): ")
    assert failure(SHARD, KeyError("x")) == "shard go.0.20-30: KeyError: 'x'"
