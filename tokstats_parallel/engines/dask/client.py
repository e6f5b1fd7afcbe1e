"""Client: opens and closes the connection to a Dask scheduler, each in a bounded time."""

from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from tokstats_parallel.engines.local.process import started

if TYPE_CHECKING:
    from distributed import Client

_CLOSE_SECONDS = 2.0


def check_address(address: str) -> None:
    """Checks that a word is an address that Dask knows, such as tcp://HOST:8786.

    Raises:
        ValueError: It is not.
    """
    from distributed.comm.addressing import get_address_host_port  # noqa: PLC0415 - takes 0.4 s, and other engines do without it

    if get_address_host_port(address, strict=True)[1] == 0:
        raise ValueError("no port")


def open_client(address: str, seconds: float) -> "Client":
    """Returns a client of the scheduler at `address`.

    Raises:
        OSError: The scheduler does not answer within `seconds`.
    """
    answers: SimpleQueue[Client | BaseException] = SimpleQueue()

    def connect() -> None:
        from distributed import Client  # noqa: PLC0415 - as above

        try:
            answers.put(Client(address, timeout=seconds, set_as_default=False, name="tokstats"))
        except BaseException as error:  # noqa: BLE001 - raised by the caller
            answers.put(error)

    # Dask waits for ever for the first words of a program that is no scheduler, so it waits in a thread.
    started(connect)
    try:
        answer = answers.get(timeout=2 * seconds)
    except Empty:
        raise TimeoutError(f"no answer for {2 * seconds:g} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def close_client(client: "Client") -> None:
    """Closes a client, whether or not its scheduler is still there."""
    with suppress(Exception):  # the result is written, or an error is on its way that says more
        client.close(timeout=_CLOSE_SECONDS)
