"""File permissions that hold even for root, who otherwise may read and write every file."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

# linux/capability.h
_VERSION_3 = 0x20080522
_OVERRIDES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH

_Header = ctypes.c_uint32 * 2  # version, thread (0 is the calling one)
_Sets = ctypes.c_uint32 * 6  # effective, permitted and inheritable; first the lower halves, then the upper ones


@contextmanager
def ordinary_permissions() -> Iterator[None]:
    """Makes file permissions hold for this thread inside the `with` block, even if root runs the tests.

    Root's thread gives up the capabilities to read and write against permissions (Linux only).
    """
    if os.geteuid() != 0:
        yield
        return
    before = _Sets()
    _call("capget", before)
    bound = _Sets(*before)
    bound[0] &= ~_OVERRIDES
    _call("capset", bound)
    try:
        yield
    finally:
        _call("capset", before)


def _call(name: str, sets: ctypes.Array[ctypes.c_uint32]) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(_Header(_VERSION_3, 0), sets) != 0:
        raise OSError(ctypes.get_errno(), name)
