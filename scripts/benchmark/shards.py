"""Program: times a whole batch in steady state, by the function that workers run.

`python -m benchmark.shards JOB LANGUAGE` times shards of 64 and of 192 draws. Their difference is 128 draws: texts,
split, counting, the pool, the draw and the tally, without the filling of the pool. Earlier shards have allocated the
memory of both, as in a worker for every shard but its first. The program prints nanoseconds of processor time for a
batch, and the digest of the longer shard's counts, which must be the sum of two shards.
"""

import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path

from benchmark.prepared import Prepared
from tokstats_parallel._native import read_segment
from tokstats_parallel.corpus.corpus import open_handle
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import keep_memory, run_shard

WARM, TIMED = 64, 128


def main() -> int:
    """Times the shards, checks their counts, and returns the exit code."""
    path, language = sys.argv[1:]
    keep_memory()
    prepared = Prepared.read(Path(path))
    corpus = open_handle(prepared.handles[language])

    def timed(first: int, draws: int) -> tuple[bytes, int]:
        begun = time.process_time_ns()
        segment = run_shard(prepared.job, Shard(language, 0, first, draws), [corpus])[0].segment
        return segment, time.process_time_ns() - begun

    timed(0, WARM + TIMED)
    rest, _ = timed(WARM, TIMED)
    warm, warm_taken = timed(0, WARM)
    whole, whole_taken = timed(0, WARM + TIMED)
    if Counter(dict(read_segment(warm))) + Counter(dict(read_segment(rest))) != Counter(dict(read_segment(whole))):
        print("a shard's counts are not the sum of its parts' counts", file=sys.stderr)
        return 1
    digest = hashlib.sha256(whole).hexdigest()
    print(json.dumps({"digest": digest, "nanoseconds": (whole_taken - warm_taken) / TIMED}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
