"""Attempt: runs one shard in a worker process of any engine, saves its partial, and reports expected errors.

The module imports little, so that a new process draws its first batch sooner.
"""

from pathlib import Path

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.open_corpora import OpenCorpora
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardWorker
from tokstats_parallel.system.fault_injection import fault_point

Answer = tuple[Shard, Path | None, str | None]
"""Shard, path of the shard's partial or None, and message of the shard's error or None."""


def attempt(setup: RunSetup, shard: Shard, worker: ShardWorker, corpora: OpenCorpora) -> Answer:
    """Runs a shard and saves its partial; returns the answer, with the message of any error but a `MemoryError`.

    Raises:
        MemoryError: Too little memory was free. Another process may be the cause, so the shard may succeed later.
    """
    try:
        counts = worker.run(shard, corpora.of(setup.languages(shard)))
        path = partial.save(
            setup.partials_folder,
            shard,
            counts,
            job_digest=setup.job_digest,
            fingerprint=setup.fingerprint(shard),
            writer=setup.writer,
        )
        fault_point("shard-saved")
    except TokstatsError as error:
        return shard, None, str(error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - any error is reported to the coordinator
        return shard, None, f"{type(error).__name__}: {error}"
    return shard, path, None
