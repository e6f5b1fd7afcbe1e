"""Which tokens does ZeTT's tokenizer sampling draw, how often, and in which languages, without training."""

try:
    from tokstats_parallel._native import VERSION as __version__  # noqa: N811 - the name that Python knows
    from tokstats_parallel._native import TokenizerSampler
except ImportError as error:
    raise ImportError(
        "tokstats_parallel: the native module is not built; run `make build`, or `pip install .` with a Rust toolchain"
    ) from error

__all__ = ["TokenizerSampler", "__version__"]
