"""Which tokens does ZeTT's tokenizer sampling draw, how often, and in which languages, without training."""

from tokstats_parallel._native import VERSION as __version__
from tokstats_parallel._native import TokenizerSampler

__all__ = ["TokenizerSampler", "__version__"]
