"""Program: merging partial results and writing the result, for made-up tokens.

`python -m benchmark.merging make FOLDER TOKENS` writes the partials of a run; `python -m benchmark.merging time FOLDER`
reads them, adds them up, and writes JSON, Parquet and manifest, as the end of `tokstats collect` does. It prints the
seconds, the number of tokens and the digest of the JSON.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tokstats_parallel import _native, partial
from tokstats_parallel.job import Job
from tokstats_parallel.languages import Language
from tokstats_parallel.plan import Shard
from tokstats_parallel.results import Collected, OutputPaths, frequencies_of, write_results
from tokstats_parallel.tokenizer import Reference

LANGUAGES = ("first", "second", "third")
SHARDS = 24
"""Partials of each language."""
SHARE = 0.03
"""Of all tokens that a partial has besides its own: with 72 partials, a token is in three, as in real runs."""
HELD = 32
"""Partials that are held before they are added up, as in a run."""
DRAWS = 64
KEY_BYTES = 8
_ENTRY = np.dtype([("lengths", "u1"), ("ranks", "u1", KEY_BYTES), ("count", "u1")])


def main() -> None:
    """Does it."""
    task, folder, *rest = sys.argv[1:]
    if task == "make":
        make(Path(folder), int(rest[0]))
    else:
        print(json.dumps(timed(Path(folder))))


def make(folder: Path, tokens: int) -> None:
    """Writes partials that hold so many distinct tokens."""
    dice = np.random.default_rng(1)
    pool = np.unique(dice.integers(0, 1 << 5 * KEY_BYTES, tokens * 11 // 10, dtype=np.uint64))
    keys = np.sort(dice.permutation(pool)[:tokens])
    shards = _shards()
    # Every token has one shard that has it for certain; further shards have it at random.
    owner = dice.integers(0, len(shards), len(keys), dtype=np.uint8)
    for number, shard in enumerate(shards):
        also = dice.random(len(keys), dtype=np.float32) < SHARE
        run = _run(keys[(owner == number) | also], dice)
        partial.save(folder, shard, run, job_digest=_job().digest(), fingerprint=shard.language)


def timed(folder: Path) -> dict[str, float | int | str]:
    """Merges and writes."""
    output = OutputPaths.of(folder / "merged.json")
    job, fingerprints = _job(), {name: name for name in LANGUAGES}
    begun = time.perf_counter()
    held: list[partial.Partial] = []
    for path in sorted(folder.glob(f"*{partial.SUFFIX}")):
        held.append(partial.load(path, job_digest=job.digest(), fingerprints=fingerprints))
        if len(held) >= HELD:
            held = [partial.total(held)]
    batches = dict.fromkeys(LANGUAGES, SHARDS * DRAWS)
    frequencies = frequencies_of(job, batches, partial.total(held).runs)
    merged = time.perf_counter()
    collected = Collected(
        job=job, frequencies=frequencies, batches=batches, fingerprints=fingerprints, seconds={}, workers=1
    )
    write_results(collected, output)
    ended = time.perf_counter()
    digest = hashlib.sha256(output.json.read_bytes()).hexdigest()
    return {
        "seconds": ended - begun,
        "merge": merged - begun,
        "write": ended - merged,
        "tokens": len(frequencies),
        "digest": digest,
    }


def _run(keys: npt.NDArray[np.uint64], dice: np.random.Generator) -> bytes:
    """A run (see `native/src/runs.rs`) of keys of eight letters, packed well by a merge."""
    entries = np.empty(len(keys), _ENTRY)
    entries["lengths"] = KEY_BYTES
    for place in range(KEY_BYTES):
        entries["ranks"][:, place] = 64 + (keys >> 5 * (KEY_BYTES - 1 - place) & 31)
    entries["count"] = np.minimum(dice.zipf(1.6, len(keys)), DRAWS)
    return _native.merge_runs([entries.tobytes()])


def _shards() -> list[Shard]:
    return [Shard(name, 0, number * DRAWS, DRAWS) for name in LANGUAGES for number in range(SHARDS)]


def _job() -> Job:
    return Job(
        num_batches=len(LANGUAGES) * SHARDS * DRAWS,
        seed=1,
        languages=tuple(Language(name, 1.0) for name in LANGUAGES),
        train_directory=Path("/"),
        reference=Reference("</s>", (("<unk>", 0), ("<s>", 1), ("</s>", 2))),
        span=2048,
        pack=True,
        crop=True,
        pools=1,
        batch_texts=128,
        window=16,
        size_mean=32768.0,
        size_std=0.0,
        size_min=16384,
        size_max=32768,
        noise_mean=1e-5,
        noise_std=4.0,
    )


if __name__ == "__main__":
    main()
