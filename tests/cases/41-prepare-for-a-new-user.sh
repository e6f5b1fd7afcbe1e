# Validation takes its percentage of the rows that are found, options that do not go together are named, and a file that
# prepare has not made stays, with --restart too.
. "$(dirname "$0")/base.sh"
mkdir src
for n in $(seq 200); do echo "x = $n" > src/$n.py; done
exits 0 "$TS" prepare --include-langs python --from-dir src --out-train-dir made --out-valid-dir mv --valid-percent 5
says "^next: tokstats validate CONFIG --set train_directory=made"
holds "$PY" -c "
import pyarrow.parquet as pq
assert [pq.read_metadata(f'{folder}/python.parquet').num_rows for folder in ('mv', 'made')] == [10, 190]"
exits 2 "$TS" prepare --include-langs python --from-dir src --repo a/b --column c --out-train-dir made
one_line; says '--from-dir, --repo, --column: do not go together'
cp train/cpp.parquet made/python.parquet
for option in "" --restart; do
  exits 1 "$TS" prepare --include-langs python --from-dir src --out-train-dir made --out-valid-dir mv --valid-percent 5 $option
  one_line; says 'made/python.parquet: not made by this command, or changed since'
done
holds cmp train/cpp.parquet made/python.parquet
