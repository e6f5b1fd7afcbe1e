# A file in the place of JSON lines or Parquet: the message says what it is. Compressed JSON lines are read.
. "$(dirname "$0")/base.sh"
"$PY" - <<'PYTHON'
import bz2, gzip, json, lzma, os
import pyarrow as pa
os.mkdir("in")
def write(name, content):
    open("in/" + name, "wb").write(content)
rows = b"".join(b'{"text": "row %d"}\n' % row for row in range(3))
for number, packed in enumerate([bz2.compress(rows), gzip.compress(rows), lzma.compress(rows), pa.compress(rows, codec="zstd", asbytes=True)]):
    write(f"packed{number}.jsonl", packed)
write("array.jsonl", b'[{"text":"a"},\n{"text":"b"}]')
write("pretty.jsonl", b'{\n "text": "a"\n}\n')
write("wide.jsonl", rows.decode().encode("utf-16"))
pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 146946961\n"
write("pointer.jsonl", pointer)
write("pointer.parquet", pointer)
write("secret.parquet", b"PARE" + b"\0" * 40 + (40).to_bytes(4, "little") + b"PARE")
PYTHON
exits 0 "$TS" prepare --include-langs packed0 packed1 packed2 packed3 --from-jsonl in --out-train-dir made --quiet
holds "$PY" -c "
import pyarrow.parquet as pq
for n in range(4): assert pq.read_table(f'made/packed{n}.parquet')['text'].to_pylist() == ['row 0', 'row 1', 'row 2']"
refused() { exits 1 "$TS" prepare --include-langs $2 --from-$1 in --out-train-dir made --quiet; one_line; says "in/$2.$1: is $3"; }
refused jsonl array 'a JSON array, not JSON lines'
refused jsonl pretty 'JSON on several lines, not JSON lines'
refused jsonl wide 'text in UTF-16, not JSON lines'
refused jsonl pointer 'a Git LFS pointer, not JSON lines'
refused parquet pointer 'a Git LFS pointer, not Parquet'
refused parquet secret 'an encrypted Parquet file, not Parquet'
