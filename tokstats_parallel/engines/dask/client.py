"""Client: opens and closes the connection to a Dask scheduler."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

_CLOSE_SECONDS = 2.0


def open_client(address: str, seconds: float) -> "Client":
    """Returns a client of the scheduler at `address`.

    Raises:
        OSError: The scheduler does not answer within `seconds`.
        ValueError: The address is none.
    """
    from distributed import Client  # noqa: PLC0415 - takes 0.4 s, and other engines do without it

    return Client(address, timeout=seconds, set_as_default=False, name="tokstats")


def close_client(client: "Client") -> None:
    """Closes a client, whether or not its scheduler is still there."""
    with suppress(Exception):  # the result is written, or an error is on its way that says more
        client.close(timeout=_CLOSE_SECONDS)
