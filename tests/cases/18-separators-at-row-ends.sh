# Rows are stripped as str.strip of Python does it: U+001C to U+001F go, and a row of nothing else is passed over.
. "$(dirname "$0")/base.sh"
"$PY" - <<'P'
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"text": ["\x1c\x1d\x1e\x1f", "\x1cabc def\x1f", "\x85\x1d \u3000"]}), "train/separators.parquet")
P
set_keys langs='"separators"' train_batch_size=2 tokenizer_batch_size=4 do_sequence_packing=False sample_text_span=False \
  tokenizer_sample_max=4000 tokenizer_sample_mean=4000 tokenizer_noise_mean=0
exits 0 "${RUN[@]}"
holds "$PY" -c 'import json
tokens = json.load(open("token_frequencies.json"))
assert "Ġabc" in tokens and not [token for token in tokens if len(token) > 1 and set(token) & set("ĜĝĞğ")]'
