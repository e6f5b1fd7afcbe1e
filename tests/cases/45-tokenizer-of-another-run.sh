# The tokenizer of a batch is not written for a batch that no run has, nor where settings, seed or data are not those of
# the result that is named.
. "$(dirname "$0")/base.sh"
"${RUN[@]}" --output-file r.json > out 2> err || fails "the run"
V=("$TS" vocabulary c.json "${ST[@]}" -o made)

exits 2 "${V[@]}" --batch 4294967296
one_line
says '--batch must be from 0 to 4294967295 \(found 4294967296\)'
exits 2 "${V[@]}" --batch -1
exits 2 "${V[@]}" --batch 20 --result r.json
says 'has no batch 20, since its run has 20 batches'
exits 2 "${V[@]}" --batch 1 --seed 7 --result .
says 'is the result of another run \(seed: 42 there, 7 here\)'
"$PY" -c 'import pyarrow.parquet as pq
for name in ("train/python.parquet", "train/cpp.parquet"):
    table = pq.read_table(name)
    pq.write_table(table.slice(1), name)'
exits 1 "${V[@]}" --batch 1 --result r.parquet
says 'have changed since the run; put the former data there, or run `tokstats collect` again'
holds test ! -e made
mkdir made
echo '{}' > made/tokenizer.json
exits 1 "${V[@]}" --batch 1
says 'made/tokenizer.json: was not written by this command, so it is not replaced'
