# Links in a circle, links to nothing, and names that no file has: one line, or passed over.
. "$(dirname "$0")/base.sh"

mkdir src
echo "print(1)" > src/a.py
ln -s b.py src/b.py
ln -s .gitignore src/.gitignore
ln -s loop src/loop
exits 0 "$TS" prepare --include-langs python --from-dir src --out-train-dir made
holds test -e made/python.parquet

ln -s /mnt/gone/go.parquet train/go.parquet
mkdir train/go; cp train/cpp.parquet train/go/  # does not take its place
exits 1 "${RUN[@]}" --set langs="python go"
says 'train/go.parquet: a link that leads nowhere \(to /mnt/gone/go.parquet\); mend the link'
one_line

set_keys 'train_directory="tr\0ain"' "langs='x' * 9999"
exits 2 "${RUN[@]}"
says "train_directory must not have a NUL character.*; langs: word 1: language 'x{60}\.\.\.' is too long for the name of a file"
one_line
