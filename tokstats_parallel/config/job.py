"""Job: everything that a run and its workers must know, as plain data."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Validated parameters of a run (SPEC 2 and 3); plain data that is sent to the workers.

    Attributes:
        num_batches: Batches of the run, 1 to 2**32.
        seed: Seed of all random streams, 0 to 2**64 - 1.
        languages: Languages with data and a weight above 0, in the config's order.
        train_directory: Folder of the languages' data; absolute.
        reference: Eos and special tokens of the reference tokenizer.
        texts: Rule of making texts; its `eos` is the reference's, or empty, and not empty where rows are packed.
        pools: Pools of each language, 1 to 65536.
        pool_size: Size of each pool.
        vocabulary: Random size and noise of the vocabularies.
    """

    num_batches: int
    seed: int
    languages: tuple[Language, ...]
    train_directory: Path
    reference: Reference
    texts: TextRule
    pools: int
    pool_size: PoolSize
    vocabulary: VocabularyLaw

    def digest(self) -> str:
        """Sha256 (hex) of everything that can change a draw."""
        canonical = json.dumps(self.drawn(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def drawn(self) -> dict[str, Any]:
        """Everything that can change a draw, as flat JSON values.

        Left out are the folder of the data (its content has a fingerprint of its own), the number of batches (a run is
        the beginning of a longer one), the ids of special tokens, and the eos token where nothing is packed.
        """
        drawn = self.flat()
        del drawn["num_batches"], drawn["train_directory"], drawn["reference"]
        drawn["eos_token"] = self.texts.eos if self.texts.pack else None
        drawn["special_tokens"] = [token for token, _ in self.reference.special_tokens]
        drawn["sampling_version"] = _native.SAMPLING_VERSION
        drawn["unicode_version"] = _native.UNICODE_VERSION
        return drawn

    def flat(self) -> dict[str, Any]:
        """All values under the keys of the manifest and of `job.json`, which have no groups of parameters."""
        flat: dict[str, Any] = asdict(self)
        texts, pools, pool_size, vocabulary = (flat.pop(key) for key in ("texts", "pools", "pool_size", "vocabulary"))
        del texts["eos"]  # the reference's
        pool_size["window"] = pool_size.pop("batches")
        return {**flat, **texts, "pools": pools, **pool_size, **vocabulary}
