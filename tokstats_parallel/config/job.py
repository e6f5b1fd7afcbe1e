"""A run's job: everything that workers must know, as plain data."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything a run needs to know (SPEC 2 and 3), validated; plain data that is sent to the workers.

    Attributes:
        num_batches: Batches of the run, 1 to 2**32.
        seed: 0 to 2**64 - 1.
        languages: Those with data and a weight above 0, in the config's order.
        train_directory: Where their data is; absolute.
        reference: Eos and special tokens; `eos_token` is a string where `pack` is set.
        span: Characters of a text.
        pack: Whether rows are appended to each other until a text is long enough.
        crop: Whether a text is cut at a random start instead of its beginning.
        pools: Pools of each language.
        batch_texts: Texts in a stream batch.
        window: Stream batches in a pool.
        size_mean: Mean vocabulary size, before the bounds.
        size_std: Its standard deviation.
        size_min: Smallest vocabulary size.
        size_max: Largest vocabulary size.
        noise_mean: exp of the mean of the noise level's logarithm; 0 for no noise.
        noise_std: Standard deviation of that logarithm.
    """

    num_batches: int
    seed: int
    languages: tuple[Language, ...]
    train_directory: Path
    reference: Reference
    span: int
    pack: bool
    crop: bool
    pools: int
    batch_texts: int
    window: int
    size_mean: float
    size_std: float
    size_min: int
    size_max: int
    noise_mean: float
    noise_std: float

    def digest(self) -> str:
        """Sha256, in hex, of everything that can change a draw."""
        canonical = json.dumps(self.drawn(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def drawn(self) -> dict[str, Any]:
        """Everything that can change a draw, as JSON can hold it.

        Left out: where the data is (its content has a fingerprint of its own), the number of batches (a run
        is the beginning of a longer one), the special tokens' ids, and the eos token where nothing is packed.
        """
        drawn = asdict(self)
        del drawn["num_batches"], drawn["train_directory"], drawn["reference"]
        drawn["eos_token"] = self.reference.eos_token if self.pack else None
        drawn["special_tokens"] = [token for token, _ in self.reference.special_tokens]
        drawn["sampling_version"] = _native.SAMPLING_VERSION
        drawn["unicode_version"] = _native.UNICODE_VERSION
        return drawn
