"""Quiet: keeps the logs and warnings of Dask from the user. Our own messages say what matters."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("distributed", "dask", "tornado", "asyncio")


@contextmanager
def quiet() -> Iterator[None]:
    """Silences the loggers and warnings of Dask inside the block. The libraries must have been imported before."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if _is_theirs(name)]
    loud = [logger for logger in loggers if not logger.disabled]
    with warnings.catch_warnings():
        for module in (*_LIBRARIES, "tokstats_parallel.engines.dask"):
            warnings.filterwarnings("ignore", module=rf"{module}(\.|$)")
        for logger in loud:
            logger.disabled = True
        try:
            yield
        finally:
            for logger in loud:
                logger.disabled = False


def quiet_process() -> None:
    """Silences all logs and warnings of this process, which runs nothing but Dask and shards."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")


def _is_theirs(name: str) -> bool:
    return name.partition(".")[0] in _LIBRARIES
