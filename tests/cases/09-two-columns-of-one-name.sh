# A Parquet file with two columns `text`: prepare and collect refuse it in one line.
. "$(dirname "$0")/base.sh"
"$PY" -c "
import pyarrow as pa, pyarrow.parquet as pq
a = pa.array(['one', 'two'])
pq.write_table(pa.Table.from_arrays([a, a], names=['text', 'text']), 'train/dup.parquet')"
exits 1 "$TS" prepare --include-langs dup --from-parquet train/dup.parquet --out-train-dir made --quiet
one_line; says "train/dup.parquet: has several columns 'text'"
exits 1 "${RUN[@]}" --quiet --set langs=dup
one_line; says "dup.parquet: needs one column 'text'"
