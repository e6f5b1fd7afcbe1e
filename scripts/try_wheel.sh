#!/bin/sh
# Builds the wheel and runs it from an empty folder, as a user who installs it would.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MATURIN" build --locked --release --manifest-path "$root/native/Cargo.toml" --out "$work/dist"
"$PYTHON" - "$root/LICENSE" "$work"/dist/*.whl <<'EOF'
import pathlib, sys, zipfile
license = pathlib.Path(sys.argv[1]).read_bytes()
with zipfile.ZipFile(sys.argv[2]) as wheel:
    [held] = [name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert wheel.read(held) == license, "the LICENSE in the wheel differs from the repository's"
    metadata = wheel.read(held.replace("licenses/LICENSE", "METADATA")).decode().splitlines()
missing = {"License-Expression: Apache-2.0", "License-File: LICENSE"} - set(metadata)
assert not missing, f"the wheel's metadata lacks {missing}"
EOF
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "$work"/dist/*.whl
cd "$work"
"$work/venv/bin/tokstats" --version
"$work/venv/bin/python" - <<'EOF'
import pyarrow as pa
import pyarrow.parquet as pq
pq.write_table(pa.table({"text": [f"the wheel works, row {i}\n" * 9 for i in range(50)]}), "prose.parquet")
EOF
printf '{"train_directory": ".", "langs": "prose", "train_batch_size": 8, "tokenizer_batch_size": 16}' > config.json
"$work/venv/bin/tokstats" config.json --num_batches 5 --special-tokens '<s>,</s>' --eos-token '</s>' --no-cache
test -s token_frequencies.json && test -s token_frequencies.parquet && test -s token_frequencies.manifest.json
