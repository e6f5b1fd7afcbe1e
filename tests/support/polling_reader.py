"""Script that reads the three files of a result again and again until its stdin closes: `polling_reader.py OUTPUT`.

After the first time the script prints `reads`. At the end it prints a JSON object: how many times it has read the
files, and the hashes of all contents of the JSON and of the Parquet file. If a file is missing or cannot be parsed, the
script ends with a traceback.
"""

import hashlib
import io
import json
import select
import sys
from pathlib import Path

import pyarrow.parquet as pq


def main(output: Path) -> None:
    parquet, manifest = output.with_suffix(".parquet"), output.with_suffix(".manifest.json")
    seen: dict[str, set[str]] = {"json": set(), "parquet": set()}
    reads = 0
    while not select.select([sys.stdin], [], [], 0.001)[0]:
        for path, kind in ((output, "json"), (parquet, "parquet")):
            raw = path.read_bytes()
            digest = hashlib.sha256(raw).hexdigest()
            if digest not in seen[kind]:
                rows = len(json.loads(raw)) if kind == "json" else pq.read_table(io.BytesIO(raw)).num_rows
                assert rows > 0
                seen[kind].add(digest)
        assert json.loads(manifest.read_bytes())["unique_tokens"] > 0
        reads += 1
        if reads == 1:
            print("reads", flush=True)  # noqa: T201 - the test waits for it
    print(json.dumps({"reads": reads} | {kind: sorted(digests) for kind, digests in seen.items()}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
