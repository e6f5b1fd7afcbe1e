"""Checked partials: lists the partials in a work folder, and checks them against the job and the corpora of a run."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.errors import ResumeError
from tokstats_parallel.run import work_folder
from tokstats_parallel.shards.partial import SUFFIX, ForeignPartialError, Partial, PartialError, check

_START_ANEW = "throw them away with --fresh, or choose another --work-dir or --output-file"


@dataclass(frozen=True, slots=True)
class CheckedPartials:
    """Partials of a work folder.

    Attributes:
        whole: Partials that fit the run.
        damaged: Paths of damaged partials, with the error of each.
    """

    whole: list[Partial]
    damaged: list[tuple[Path, PartialError]]


def partial_files(folder: Path) -> list[Path]:
    """Returns the paths of all partials in a work folder, sorted; no file is read."""
    return sorted(entry for entry in folder.glob(f"*{SUFFIX}") if work_folder.is_ours(entry.name))


def check_partials(
    paths: Iterable[Path], *, job_digest: str, fingerprints: Mapping[str, str], threads: int = 1
) -> CheckedPartials:
    """Reads and checks partials.

    Args:
        paths: Paths of the partials.
        job_digest: Digest of the run's job.
        fingerprints: Name of a stream -> fingerprint of its rows.
        threads: Number of threads that read.

    Raises:
        ResumeError: A partial is of another run.
        OutputError: A partial cannot be read.
    """

    def checked(path: Path) -> Partial | PartialError:
        try:
            return check(path, job_digest=job_digest, fingerprints=fingerprints)
        except ForeignPartialError as error:
            raise other_run(path, error.differences) from error
        except PartialError as error:
            return error

    paths = list(paths)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(checked, paths))
    else:
        results = list(map(checked, paths))
    return CheckedPartials(
        [one for one in results if isinstance(one, Partial)],
        [(path, one) for path, one in zip(paths, results, strict=True) if isinstance(one, PartialError)],
    )


def other_run(path: Path, differences: str) -> ResumeError:
    """Returns the error for saved shards of another run, which differs from this one by `differences`."""
    return ResumeError(f"{path}: the shards saved here are of another run ({differences}); {_START_ANEW}")
