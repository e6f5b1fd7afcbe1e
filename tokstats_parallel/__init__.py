"""Which tokens does ZeTT's tokenizer sampling draw, how often, and in which languages, without training."""

from typing import TYPE_CHECKING

from tokstats_parallel.errors import NATIVE_NOT_BUILT

if TYPE_CHECKING:
    from tokstats_parallel._native import VERSION as __version__  # noqa: N811 - the name that Python knows
    from tokstats_parallel._native import TokenizerSampler

__all__ = ["TokenizerSampler", "__version__"]

_NATIVE_NAMES = {"TokenizerSampler": "TokenizerSampler", "__version__": "VERSION"}


def __getattr__(name: str) -> object:
    """Loads the native module when one of its names is asked for, so that the program can say where it is missing."""
    if name not in _NATIVE_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from tokstats_parallel import _native  # noqa: PLC0415 - see above
    except ImportError as error:
        raise ImportError(NATIVE_NOT_BUILT) from error
    return getattr(_native, _NATIVE_NAMES[name])
