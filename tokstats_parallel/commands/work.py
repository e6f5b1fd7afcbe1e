"""`tokstats work`: runs one task of a plan on this machine.

SIGTERM and SIGUSR1, which schedulers send before the time limit, end it with the exit code 3: the finished shards are
kept, those under way are left, and the same command goes on.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tokstats_parallel.commands.task_options import WorkOptions
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.run.work_task import TaskRequest, work_task


def run_work(folder: Path, options: WorkOptions) -> int:
    """Runs one task of the plan in a work folder.

    Returns:
        The exit code, 0 if all shards of the task are saved.

    Raises:
        TokstatsError: The task cannot be run, or another process runs it.
    """
    request = TaskRequest(
        task=options.task,
        tasks=options.tasks,
        workers=options.workers,
        paths=_paths(options.path_map),
        cache_dir=options.cache_dir.absolute() if options.cache_dir else None,
        no_cache=options.no_cache,
    )
    with open_progress(quiet=options.quiet, progress=not options.no_progress) as observer:
        work_task(folder, request, observer)
    return 0


def _paths(words: Sequence[str]) -> Mapping[str, str]:
    """Returns beginning of a path there -> beginning here.

    Raises:
        ConfigError: A word does not name two absolute paths.
    """
    paths = {}
    for word in words:
        there, _, here = word.partition("=")
        if not (there.startswith("/") and here.startswith("/")):
            raise ConfigError(f"--path-map {word!r}: must be THERE=HERE, two absolute paths, such as /data=/mnt/data")
        paths[there] = here
    return paths
