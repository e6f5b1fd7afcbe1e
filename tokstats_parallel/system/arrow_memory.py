"""The choice of Arrow's allocator: the C library's, which keeps memory that was given back.

Arrow's own pools return large buffers to the system at once and request them again in pages of 2 MB, each of which the
system first fills with zeros. That takes a fifth of the time of a conversion, and half of reading a result again.
"""

import os

_POOL = "ARROW_DEFAULT_MEMORY_POOL"


def use_system_memory() -> None:
    """Makes Arrow, which must not be loaded yet, use the C library's allocator, unless the user has chosen another.

    Only the programs of this package call it: a script that uses the package decides about Arrow itself.
    """
    os.environ.setdefault(_POOL, "system")
