"""BLAS threads: makes numpy's library for linear algebra start no threads, because nothing here uses it.

OpenBLAS starts a thread for each CPU when numpy is loaded. If the system allows no more threads, it sends this process
the signal of a Ctrl-C.
"""

import os
from collections.abc import MutableMapping

_THREADS = "OPENBLAS_NUM_THREADS"


def start_no_blas_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Makes OpenBLAS start no threads, unless the user has chosen their number; call it before numpy is loaded.

    Args:
        environment: Environment of this process or of a process to start.
    """
    environment.setdefault(_THREADS, "1")
