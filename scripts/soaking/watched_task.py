"""Script that runs `tokstats work` with short limits of claims, and logs what it holds and which shards it has saved.

`watched_task.py RUN LOG BEAT SILENCE WORD...`: each line of the log is a JSON object with the id of the run, an event
and the time of the system's monotonic clock, which all nodes of one machine share.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tokstats_parallel.commands import main
from tokstats_parallel.corpus import conversion_claim
from tokstats_parallel.run import work_task
from tokstats_parallel.shards import partial as partial_files
from tokstats_parallel.system.claims.taking import Limits
from tokstats_parallel.tasks import claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokstats_parallel.shards.partial import Partial


def _watch(run: str, log: int, limits: Limits) -> None:
    """Gives all claims of this process short limits, and logs its events."""

    def tell(event: str, **facts: object) -> None:
        line = {"run": run, "event": event, "at": time.monotonic(), **facts}
        os.write(log, json.dumps(line).encode() + b"\n")

    @contextmanager
    def claimed(folder: Path, task: int, **options: Any) -> Iterator[claims.TaskHolder]:  # noqa: ANN401
        with claims.claimed(folder, task, **options, limits=limits) as holder:
            tell("holds", task=task)
            try:
                yield holder
            finally:
                tell("ends")

    def check(path: Path, **options: Any) -> Partial:  # noqa: ANN401
        checked = real_check(path, **options)
        tell("saved", shard=path.name)
        return checked

    real_check = partial_files.check
    setattr(work_task, "claimed", claimed)  # noqa: B010 - a name that the module has imported
    setattr(work_task, "check", check)  # noqa: B010
    setattr(conversion_claim, "Limits", lambda: limits)  # noqa: B010


if __name__ == "__main__":
    run_id, log_path, beat, silence, *words = sys.argv[1:]
    _watch(
        run_id, os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), Limits(float(beat), float(silence))
    )
    main.run(["work", *words])
