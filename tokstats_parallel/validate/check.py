"""What a check found, as one line for a reader and as values for a program."""

from dataclasses import dataclass
from enum import StrEnum

from tokstats_parallel.errors import TokstatsError


class Status(StrEnum):
    """How a check ended: `skipped` where it needs something that failed, or was not asked for."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and what to do about it (empty where there is nothing to do)."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """All is well."""
    return Check(name, Status.OK, detail)


def warning(name: str, detail: str, remedy: str) -> Check:
    """A run would work, but perhaps not as it was meant."""
    return Check(name, Status.WARNING, detail, remedy)


def failed(name: str, detail: str, remedy: str) -> Check:
    """A run would fail."""
    return Check(name, Status.FAILED, detail, remedy)


def skipped(name: str, detail: str) -> Check:
    """Not looked at, for the reason that `detail` gives."""
    return Check(name, Status.SKIPPED, detail)


def failed_by(name: str, error: TokstatsError) -> Check:
    """The failure that an error tells of: by the project's custom, its last clause says what to do."""
    detail, semicolon, remedy = str(error).rpartition("; ")
    return failed(name, detail, remedy) if semicolon else failed(name, remedy, "")
