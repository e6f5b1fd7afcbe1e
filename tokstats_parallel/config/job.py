"""Job: the checked parameters of a run, which the coordinator sends to its workers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.sampling import Pooling, PoolSize, TextRule, VocabularyLaw

UNWRITTEN = {"pooling": str(Pooling.SEPARATE)}
"""Values of a job that has no such key in a file, because the file, or the version that wrote it, leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFacts:
    """Facts about the config of a job, for the manifest and for the tokenizers of batches; no draw depends on them.

    Attributes:
        weights: Origin of the languages' weights, in words that go on after "weights".
        unknown_keys: Keys of the config that nobody knows.
        defaults: Sampling key -> default of the training, for keys that the config does not set.
        add_prefix_space: Whether the tokenizer of a batch puts a space before a text.
    """

    weights: str = ""
    unknown_keys: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    add_prefix_space: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Validated parameters of a run (SPEC 2 and 3), as plain data that can be sent to the workers.

    Attributes:
        num_batches: Number of batches of the run, 1 to 2**32.
        seed: Seed of all random streams, 0 to 2**64 - 1.
        languages: Languages with data and a weight above 0, in the config's order.
        train_directory: Absolute path of the folder with the languages' data.
        reference: Eos token and special tokens of the reference tokenizer.
        texts: Rule by which texts are made of rows. Its `eos` is the reference tokenizer's eos token, or empty if there
            is none; packed rows then have nothing between them.
        pooling: Way in which the languages share pools.
        pools: Number of pools of each language, or of all languages that share pools, 1 to 65536.
        pool_size: Size of each pool.
        vocabulary: Random distributions of the vocabularies' sizes and noise levels.
        facts: Facts about the config, which do not count where jobs are compared.
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
    pooling: Pooling = Pooling.SEPARATE
    facts: ConfigFacts = field(default_factory=ConfigFacts, compare=False)

    def digest(self) -> str:
        """Computes the job's digest: the SHA-256 (hex) of all values that can change a draw."""
        canonical = json.dumps(self.drawn(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def drawn(self) -> dict[str, Any]:
        """Returns all values of the job that can change a draw, as one flat JSON object.

        It leaves out the folder of the data, because a corpus has its own fingerprint; the number of batches, because a
        short run has the first batches of a longer one; the ids of special tokens; and the eos token if rows are not
        packed.
        """
        drawn = self.flat()
        del drawn["num_batches"], drawn["train_directory"], drawn["reference"]
        if self.pooling is Pooling.SEPARATE:
            del drawn["pooling"]  # so that the digest is that of the versions that knew no other way
        drawn["eos_token"] = self.texts.eos if self.texts.pack else None
        drawn["special_tokens"] = [token for token, _ in self.reference.special_tokens]
        drawn["sampling_version"] = _native.SAMPLING_VERSION
        drawn["unicode_version"] = _native.UNICODE_VERSION
        return drawn

    def flat(self) -> dict[str, Any]:
        """Returns all parameters of the job in one dict without groups, under the keys of manifest and `job.json`."""
        flat: dict[str, Any] = asdict(self)
        del flat["facts"]
        texts, pools, pool_size, vocabulary = (flat.pop(key) for key in ("texts", "pools", "pool_size", "vocabulary"))
        del texts["eos"]  # `reference` has it
        pool_size["window"] = pool_size.pop("batches")
        return {**flat, **texts, "pools": pools, **pool_size, **vocabulary}
