"""Which memory Arrow takes: that of the C library, which keeps what was given back.

Arrow's own pools give large buffers back to the system at once and ask for them again in pages of 2 MB, each of which
the system first fills with zeros: that is a fifth of the time of a conversion, and half of reading a result again.
"""

import os

_POOL = "ARROW_DEFAULT_MEMORY_POOL"


def use_system_memory() -> None:
    """Has Arrow, which must not be loaded yet, take the C library's memory, unless the user wants another.

    It is for programs of this package alone: what a script that calls it does with Arrow is its own affair.
    """
    os.environ.setdefault(_POOL, "system")
