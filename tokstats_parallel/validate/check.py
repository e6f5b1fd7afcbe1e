"""Result of a check, as one line for a reader and as values for a program."""

from dataclasses import dataclass
from enum import StrEnum

from tokstats_parallel.errors import TokstatsError


class CheckStatus(StrEnum):
    """Outcome of a check; `skipped` where another check that it needs failed, or where it was not asked for."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """Subject of a check, its outcome, and a remedy (empty where nothing is to do)."""

    name: str
    status: CheckStatus
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """Check without a fault."""
    return Check(name, CheckStatus.OK, detail)


def warning(name: str, detail: str, remedy: str) -> Check:
    """Check with a fault that a run survives, though perhaps not as intended."""
    return Check(name, CheckStatus.WARNING, detail, remedy)


def failed(name: str, detail: str, remedy: str) -> Check:
    """Check with a fault that makes a run fail."""
    return Check(name, CheckStatus.FAILED, detail, remedy)


def skipped(name: str, detail: str) -> Check:
    """Check that was not made, for the reason in `detail`."""
    return Check(name, CheckStatus.SKIPPED, detail)


def failed_by(name: str, error: TokstatsError) -> Check:
    """Failed check from an error, whose last clause is the remedy by the project's custom."""
    detail, semicolon, remedy = str(error).rpartition("; ")
    return failed(name, detail, remedy) if semicolon else failed(name, remedy, "")
