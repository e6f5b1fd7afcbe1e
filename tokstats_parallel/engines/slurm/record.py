"""Record: `slurm.json` in a work folder, by which a later run of the same command finds the arrays that were submitted.

An array is recorded before it is submitted, by a name that no other has, and again with its id. So a run that was
killed in between finds it by its name.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import ResumeError, reason, remedy
from tokstats_parallel.system.atomic import replacing

NAME = "slurm.json"
LOG_PATTERN = r"slurm-\d+_\d+\.log"
"""Regular expression of the names of the logs of elements (see `script.log_path`)."""
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedArray:
    """Array that was submitted, or was about to be.

    Attributes:
        name: Name of the Slurm job.
        width: Width of the array.
        elements: Elements that were submitted.
        job: Id of the Slurm job; None if the run was killed before it knew.
    """

    name: str
    width: int
    elements: tuple[int, ...]
    job: str | None = None


def write(folder: Path, arrays: Sequence[RecordedArray]) -> None:
    """Writes the record of a work folder; when this returns, it is on the disk.

    Raises:
        OSError: It cannot be written.
    """
    content = {"format": FORMAT, "arrays": [asdict(array) for array in arrays]}
    with replacing(folder / NAME) as temporary:
        temporary.write_text(json.dumps(content) + "\n", "utf-8")


def read(folder: Path) -> list[RecordedArray]:
    """Returns the recorded arrays of a work folder; empty if it has no record.

    Raises:
        ResumeError: The record cannot be read, or is damaged.
    """
    path = folder / NAME
    try:
        return _parsed(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResumeError(
            f"{path}: cannot be read ({reason(error)}); {remedy(error)} and run the same command again"
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ResumeError(
            f"{path}: damaged, or of another version; if no task of this folder is in the queue (squeue), remove it"
        ) from error


def _parsed(content: dict[str, Any]) -> list[RecordedArray]:
    if content["format"] != FORMAT:
        raise ValueError(content["format"])
    return [RecordedArray(**{**array, "elements": tuple(array["elements"])}) for array in content["arrays"]]
