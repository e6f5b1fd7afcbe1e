"""Hub errors: classifies errors of `huggingface_hub` by class name, so that the library need not be imported.

To import `huggingface_hub` takes a second.
"""

from collections.abc import Iterator
from enum import Enum, auto


class HubError(Enum):
    """Kind of an error that the hub's client `huggingface_hub` raises."""

    GATED = auto()
    NO_TOKEN = auto()
    NO_REPOSITORY = auto()
    NO_REVISION = auto()
    BAD_NAME = auto()
    OFFLINE = auto()
    UNREACHABLE = auto()
    TIMEOUT = auto()


# The client moved from httpx to httpx2; the name of their common base class stayed.
_BY_CLASS_NAME = {
    "GatedRepoError": HubError.GATED,
    "LocalTokenNotFoundError": HubError.NO_TOKEN,
    "RepositoryNotFoundError": HubError.NO_REPOSITORY,
    "RevisionNotFoundError": HubError.NO_REVISION,
    "HFValidationError": HubError.BAD_NAME,
    "OfflineModeIsEnabled": HubError.OFFLINE,
    "TransportError": HubError.UNREACHABLE,
    "ConnectionError": HubError.UNREACHABLE,
    "TimeoutError": HubError.TIMEOUT,
}


def kinds(error: BaseException) -> list[HubError]:
    """Lists the kinds of one error, the most specific first: a GatedRepoError is also a RepositoryNotFoundError."""
    return [_BY_CLASS_NAME[base.__name__] for base in type(error).__mro__ if base.__name__ in _BY_CLASS_NAME]


def kinds_with_causes(error: BaseException) -> Iterator[HubError]:
    """Yields the kinds of an error, then of its causes, because the hub's client hides refusals behind other errors."""
    cause: BaseException | None = error
    while cause is not None:
        yield from kinds(cause)
        cause = cause.__cause__ or cause.__context__
