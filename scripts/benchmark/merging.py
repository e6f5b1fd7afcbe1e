"""Program: merges partials of made-up tokens and writes the result, on one core.

`python -m benchmark.merging make FOLDER TOKENS` saves partials in six languages: keys are substrings of Python's
standard library, counts follow Zipf's law. `python -m benchmark.merging time FOLDER` checks, merges and writes them as
`tokstats collect` does at its end, and prints the seconds, the peak memory, the number of tokens and the digest of the
JSON.
"""

import hashlib
import json
import math
import os
import resource
import sys
import sysconfig
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.process import MAXRSS_UNIT
from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.results.collected import RunFacts
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardCounts
from tokstats_parallel.system.arrow_memory import use_system_memory
from tokstats_parallel.system.clock import PhaseClock

LANGUAGES = ("python", "java", "cpp", "go", "javascript", "github-issues-filtered-structured")
PARTIAL_TOKENS = 400_000
DRAWS = 125
LONGEST = 15
PARTIALS = 40


def main() -> None:
    """Makes partials in a folder, or times the merge of a folder's partials."""
    use_system_memory()  # as every command does
    task, folder, *rest = sys.argv[1:]
    if task == "make":
        make_partials(Path(folder), int(rest[0]), PARTIALS)
    else:
        print(json.dumps(timed(Path(folder))))


def make_partials(folder: Path, tokens: int, partials: int) -> None:
    """Saves `partials` partials that hold about `tokens` distinct tokens in all."""
    rng = np.random.default_rng(42)
    keys = _substrings(rng, tokens)
    ranks = rng.permutation(len(keys)) + 1
    present = np.minimum(1, _scale(len(keys)) / ranks)
    at_home = rng.integers(partials, size=len(keys))  # so that each key is in at least one partial
    for number in range(partials):
        held = (rng.random(len(keys)) < present) | (at_home == number)
        counts = 1 + rng.binomial(DRAWS - 1, np.minimum(1, 1000 / ranks[held]))
        shard = Shard(LANGUAGES[number % len(LANGUAGES)], 0, number * DRAWS, DRAWS)
        saved = [ShardCounts(shard.language, _packed(keys[held], counts), 0, DRAWS)]
        partial.save(folder, shard, saved, job_digest="", fingerprint="")


def _scale(keys: int) -> float:
    """Returns the factor by which a partial holds as many tokens as a partial of a real run."""
    return min(PARTIAL_TOKENS, keys) / (1 + math.log(max(keys / PARTIAL_TOKENS, 1)))


def _substrings(rng: np.random.Generator, wanted: int) -> NDArray[np.uint8]:
    """Returns `wanted` sorted keys of substrings, 16 bytes each (see native/src/base/key.rs).

    A key has 15 bytes for the substring, each a byte's index in the order of mapped forms, and the substring's length.
    """
    source = b"".join(path.read_bytes() for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")))
    rank = np.argsort(np.argsort([_native.map_bytes(bytes([byte])) for byte in range(256)])).astype("u1")
    text = rank[np.frombuffer(source, "u1")]
    blanks = rank[list(b" \n\t")]
    found = np.empty(0, "S16")
    while len(found) < wanted:
        starts = rng.integers(len(text) - LONGEST, size=wanted)
        lengths = rng.integers(2, LONGEST, size=wanted, endpoint=True)
        rows = np.empty((wanted, LONGEST + 1), "u1")
        for index in range(LONGEST):
            rows[:, index] = text[starts + index] * (index < lengths)
        rows[:, LONGEST] = lengths
        rows = rows[~np.isin(rows[:, :2], blanks).all(axis=1)]  # a fixed piece is no sampled token
        found = np.unique(np.concatenate([found, rows.view("S16").ravel()]))
    kept = np.sort(rng.choice(len(found), wanted, replace=False))
    return found[kept].view("u1").reshape(-1, LONGEST + 1)


def _packed(keys: NDArray[np.uint8], counts: NDArray[np.int64]) -> bytes:
    """Packs keys and their counts, each below 2**14, as a segment (see native/src/counts/segment.rs)."""
    differs = keys[1:] != keys[:-1]
    lengths = keys[:, LONGEST]
    shared = np.zeros(len(keys), "u1")
    shared[1:] = np.minimum(np.minimum(lengths[1:], lengths[:-1]), np.argmax(differs, axis=1))
    indices = np.arange(LONGEST)
    is_long = counts >= 1 << 7
    entries = np.column_stack(
        [shared << 4 | lengths - shared, keys[:, :LONGEST], counts & 0x7F | is_long << 7, counts >> 7]
    )
    used = (shared[:, None] <= indices) & (indices < lengths[:, None])
    always = np.ones((len(keys), 1), bool)
    return bytes(entries[np.hstack([always, used, always, is_long[:, None]])].astype("u1"))


def timed(folder: Path) -> dict[str, float | int | str]:
    """Checks, merges and writes the partials of a folder, and returns the times and facts that `main` prints."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    clock = PhaseClock()
    partials = [partial.check(path, job_digest="", fingerprints={}) for path in folder.glob("*.partial")]
    job = _job(folder, DRAWS * len(partials))
    batches = dict.fromkeys(LANGUAGES, 0)
    for one in partials:
        batches[one.shard.language] += one.shard.draws
    output = OutputPaths.of(folder / "merged.json")
    facts = RunFacts(job=job, job_digest=job.digest(), batches=batches, fingerprints={}, workers=1)
    written = merge_and_write(facts, partials, output, spill=folder / "rows.tmp", clock=clock)
    clock.end("write")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT  # before the check, which holds all tokens
    check_answer(output.json, partials)
    return {
        "seconds": sum(clock.seconds.values()),
        **clock.seconds,
        "peak_bytes": peak,
        "tokens": written.totals.tokens,
        "digest": hashlib.sha256(output.json.read_bytes()).hexdigest(),
    }


def check_answer(output: Path, partials: list[partial.Partial]) -> None:
    """Checks that the written counts, without the fixed pieces, add up to the counts of the partials."""
    always = set(_native.fixed_pieces())
    result = json.loads(output.read_bytes())
    sampled = sum(count for token, count in result.items() if token not in always)
    if sampled != sum(one.occurrences for one in partials):
        raise SystemExit("the result does not add up")


def _job(folder: Path, batches: int) -> Job:
    return Job(
        num_batches=batches,
        seed=42,
        languages=tuple(Language(name, 1.0) for name in LANGUAGES),
        train_directory=folder,
        reference=Reference("</s>", ()),
        texts=TextRule(span=2048, pack=True, crop=True, eos="</s>"),
        pools=1,
        pool_size=PoolSize(batch_texts=128, batches=16),
        vocabulary=VocabularyLaw(
            size_mean=32768.0,
            size_std=10000.0,
            size_min=16384,
            size_max=65536,
            noise_mean=1e-5,
            noise_std=4.0,
        ),
    )


if __name__ == "__main__":
    main()
