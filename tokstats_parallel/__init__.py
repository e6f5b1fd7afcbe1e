"""Token statistics: which tokens ZeTT's tokenizer sampling draws, how often, and in which languages."""

import importlib

from tokstats_parallel.errors import NATIVE_NOT_BUILT, TokstatsError, machine_failure

TYPE_CHECKING = False  # as in `typing`, which is not imported before `__main__` has cleared the import path
if TYPE_CHECKING:
    from tokstats_parallel._native import VERSION as __version__  # noqa: N811 - the name that Python knows
    from tokstats_parallel._native import TokenizerSampler, fixed_pieces, map_bytes, split
    from tokstats_parallel._native import unmap_bytes as unmap
    from tokstats_parallel.api import collect, load_job, vocabulary, write_report
    from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
    from tokstats_parallel.results.token_stats import TokenStats

__all__ = [
    "BatchTokenizer",
    "TokenStats",
    "TokenizerSampler",
    "TokstatsError",
    "__version__",
    "collect",
    "fixed_pieces",
    "load_job",
    "map_bytes",
    "split",
    "unmap",
    "vocabulary",
    "write_report",
]

_LAZY = {
    "BatchTokenizer": ("batch_tokenizer.tokenizer", "BatchTokenizer"),
    "TokenStats": ("notebook", "TokenStats"),
    "TokenizerSampler": ("_native", "TokenizerSampler"),
    "__version__": ("_native", "VERSION"),
    "collect": ("api", "collect"),
    "fixed_pieces": ("_native", "fixed_pieces"),
    "load_job": ("api", "load_job"),
    "map_bytes": ("_native", "map_bytes"),
    "split": ("_native", "split"),
    "unmap": ("_native", "unmap_bytes"),
    "vocabulary": ("api", "vocabulary"),
    "write_report": ("api", "write_report"),
}
"""Public name -> module and name in it."""


def __getattr__(name: str) -> object:
    """Imports the module of a public name at its first use, so that importing the package alone takes no time.

    Raises:
        ImportError: The native module is not built.
    """
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        importlib.import_module(f"{__name__}._native")
    except ImportError as error:
        if machine_failure(error):  # such as too many open files
            raise
        raise ImportError(NATIVE_NOT_BUILT) from error
    module, attribute = _LAZY[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    """Lists the public names, too, those that are not imported yet."""
    return sorted({*globals(), *__all__})
