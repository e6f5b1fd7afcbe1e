# Text in a column without the mark for strings is read where all of it is UTF-8, with one notice.
. "$(dirname "$0")/base.sh"
"$PY" - <<'PYTHON'
import pyarrow as pa, pyarrow.parquet as pq

texts = pq.read_table("train/python.parquet").column("text")
pq.write_table(pa.table({"text": texts.cast(pa.binary())}), "train/spark.parquet", store_schema=False)
pq.write_table(pa.table({"text": pa.array([b"fine"] * 7 + [b"caf\xe9"])}), "train/latin.parquet")
PYTHON
exits 0 "${RUN[@]}" --set langs=spark --no-progress
holds test "$(grep -c "^tokstats: spark.parquet: column 'text' holds bytes, not strings; they are read as UTF-8$" err)" = 1
exits 1 "${RUN[@]}" --set langs=latin --quiet
says "latin.parquet: row 7 of column 'text' is not UTF-8; "
one_line
