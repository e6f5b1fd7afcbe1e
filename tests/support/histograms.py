"""Histograms of counts that a test states."""

from collections.abc import Sequence

import numpy as np

from tokstats_parallel.answers.count_histogram import CountHistogram


def histogram_of(counts: Sequence[int], batches: int, fixed: int = 0) -> CountHistogram:
    """Makes the histogram of the counts of sampled tokens."""
    return CountHistogram.of_sampled(np.array(counts, np.int64), batches, fixed)
