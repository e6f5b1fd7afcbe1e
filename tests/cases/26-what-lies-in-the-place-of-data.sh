# A language without data: the line says what lies in its place, and its command can be pasted and fits the language.
. "$(dirname "$0")/base.sh"
mkdir train/nostate train/packed "sp ace"
touch train/nostate/data-00000-of-00001.arrow train/packed/a.parquet.gz
try() { exits 1 "${RUN[@]}" --quiet --set "langs=$1"; one_line; }
try nostate; says 'train/nostate: has data-00000-of-00001.arrow, but no state.json'
try packed; says 'train/packed: no Parquet file to read \(left out: 1 file \(a.parquet.gz: compressed; unpack it\)\)'
try pyton; says "pyton.parquet: no such data; did you mean 'python', which lies there"
try Python; says "did you mean 'python'"
try ru; says 'prepare --include-langs ru --from-parquet '
try go; says 'prepare --include-langs go --out-train-dir '
exits 1 "${RUN[@]}" --quiet --set langs=go --set "train_directory=sp ace"
says "\`tokstats prepare --include-langs go --out-train-dir '[^']*/sp ace'\`$"
# The command is split as a shell does it: the folder is one word.
holds bash -c "set -- $(sed -n 's/.*`tokstats \(.*\)`.*/\1/p' err); test \$# = 5 && test -d \"\$5\""
