"""Token growth: how the number of different tokens grows with the number of draws, from a few timed draws.

It grows as a power of the number of draws. The exponent falls by `EXPONENT_DECAY` with every doubling of the draws
(with code as data, it is 0.36 at 10 draws and 0.28 at 200).
"""

import math
from dataclasses import dataclass

EXPONENT_DECAY = 0.08
FEWER_DIVISOR = 3  # tokens are also counted for fewer draws: the number of timed draws over this


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrowth:
    """Numbers of different tokens in the draws of a stream.

    Attributes:
        draws: Number of draws that were counted.
        tokens: Number of different tokens in these draws.
        fewer_tokens: Number of different tokens in the first `draws // FEWER_DIVISOR` draws.
    """

    draws: int
    tokens: int
    fewer_tokens: int

    def after(self, draws: float) -> float:
        """Returns the estimated number of different tokens in `draws` draws."""
        if not self.fewer_tokens:
            return self.tokens * draws / self.draws
        exponent = math.log(self.tokens / self.fewer_tokens) / math.log(self.draws / (self.draws // FEWER_DIVISOR))
        doublings = math.log2(draws / self.draws)
        if doublings > 0:
            doublings = -math.expm1(-EXPONENT_DECAY * doublings) / EXPONENT_DECAY
        return float(self.tokens * 2 ** (exponent * doublings))
