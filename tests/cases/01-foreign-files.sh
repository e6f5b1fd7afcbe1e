# Files that this program did not write are never replaced: they are known by content, refused by name, before any work.
. "$(dirname "$0")/base.sh"
mkdir valid mine; cp train/python.parquet valid/; cp train/cpp.parquet train/rust.parquet
cp train/python.parquet mine/a.parquet; echo notes > mine/b.manifest.json; echo '{"the": 3}' > mine/c.json; echo mine > mine/job.json
sums=$(find valid train mine -type f -exec sha1sum {} +)
for output in valid/python.json train/rust.json mine/a.json mine/b.json mine/c.json; do
  exits 1 "${RUN[@]}" --quiet --output-file "$output"
  one_line; says "(parquet|mine/b.manifest.json|mine/c.json): was not written by this program.*; move it away, or name another"
done
exits 1 "${RUN[@]}" --quiet --work-dir mine --fresh; one_line
exits 1 "$TS" validate c.json "${ST[@]}" --quick --output-file valid/python.json
says '^failed +output .*valid/python.parquet: was not written by this program'
holds sha1sum -c <<< "$sums"
holds test ! -e .xdg
# Its own results are replaced, and empty files are.
: > own.json; : > own.parquet
exits 0 "${RUN[@]}" --output-file own.json; silent 'older result'
exits 0 "${RUN[@]}" --output-file own.json; says 'own.json: an older result was replaced'
