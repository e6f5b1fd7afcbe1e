# An answer replaces no file unasked, never what it is made from, and no answer is lost in silence.
. "$(dirname "$0")/base.sh"
"${RUN[@]}" --output-file r.json > out 2> err || fails "the run"
cp r.json before.json

for place in r.json r.parquet; do
  exits 1 "$TS" top r.json --json --force --output-file $place
  one_line
  says 'would replace what the run reads'
done
holds cmp r.json before.json
echo mine > mine.csv
exits 1 "$TS" distribution r.json --output-file mine.csv
says 'is there already; replace it with --force'
holds grep -qx mine mine.csv
ln -s target.csv link.csv
exits 0 "$TS" distribution r.json --output-file link.csv
holds test -L link.csv -a -s target.csv
exits 1 "$TS" show r.json def --output-file /dev/full
says 'is a device'
"$TS" top r.json -n 600 2> err | head -1 > out
test ! -s err || fails "a reader that has enough"
"$TS" top r.json > /dev/full 2> err
test $? = 1 || fails "a full stdout passes"
one_line
"$TS" compare r.json r.json >&- 2> err
test $? = 2 || fails "a closed stdout is no trouble"
says 'stdout is closed; name a file for the answer with --output-file'
