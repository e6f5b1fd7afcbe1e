"""Outcome of a check of `validate`, with texts for the user."""

from dataclasses import dataclass
from enum import StrEnum

from tokstats_parallel.errors import TokstatsError


class CheckStatus(StrEnum):
    """Outcome of a check; `skipped` if a check that it depends on failed, or if the user did not ask for it."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of a check.

    Attributes:
        name: Subject of the check.
        status: Outcome of the check.
        detail: Facts about the subject, or its fault, in one line.
        remedy: Advice against the fault; empty if there is no fault.
    """

    name: str
    status: CheckStatus
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """Returns a check that found no fault."""
    return Check(name, CheckStatus.OK, detail)


def warning(name: str, detail: str, remedy: str) -> Check:
    """Returns a check that found a fault with which a run still ends, though perhaps not as the user wants."""
    return Check(name, CheckStatus.WARNING, detail, remedy)


def failed(name: str, detail: str, remedy: str) -> Check:
    """Returns a check that found a fault with which a run fails."""
    return Check(name, CheckStatus.FAILED, detail, remedy)


def skipped(name: str, detail: str) -> Check:
    """Returns a check that was not made, for the reason in `detail`."""
    return Check(name, CheckStatus.SKIPPED, detail)


def failed_by(name: str, error: TokstatsError) -> Check:
    """Returns a failed check from an error; the text behind the last semicolon of the error's message is the remedy."""
    return failed(name, *split_remedy(str(error)))


def split_remedy(message: str) -> tuple[str, str]:
    """Splits a message at its last semicolon into fault and remedy; the remedy is empty if there is no semicolon."""
    detail, semicolon, remedy = message.rpartition("; ")
    return (detail, remedy) if semicolon else (remedy, "")
