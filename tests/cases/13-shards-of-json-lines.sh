# Compressed shards beside plain ones are read, and what is not read is counted and named; a pipe is refused.
. "$(dirname "$0")/base.sh"
mkdir -p in/q
printf '{"text": "row %d"}\n' 1 2 3 > in/q/0.jsonl
gzip -c in/q/0.jsonl > in/q/1.jsonl.gz
cp in/q/1.jsonl.gz in/q/2.jsonl.zst
cp in/q/0.jsonl in/q/test.jsonl
exits 0 "$TS" prepare --include-langs q --from-jsonl in --out-train-dir made
says "^tokstats: q: left out: 1 file \(test.jsonl: of split 'test'\)$"
holds "$PY" -c "import pyarrow.parquet as pq; assert pq.read_metadata('made/q.parquet').num_rows == 9"
exits 1 "$TS" prepare --include-langs Q --from-jsonl in --out-train-dir made
says 'did you mean q\?$'
exits 1 "$TS" prepare --include-langs p --from-jsonl <(cat in/q/0.jsonl) --out-train-dir made
one_line; says 'is a pipe, not a file; write its content to a file first'
