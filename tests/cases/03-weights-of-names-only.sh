# Languages without weights: the training's weights by a table of pages, or a line that says that they weigh the same.
. "$(dirname "$0")/base.sh"
cp train/cpp.parquet train/en.parquet
cp train/cpp.parquet train/qu.parquet
printf 'en\nqu\n' > l.txt
set_keys langs="'l.txt'" language_sampling_alpha=0.5
exits 2 "${RUN[@]}"
says 'language_sampling_alpha is set.*--language-counts'

printf 'lang_code,n_pages\nen,90\nqu,10\nde,5\n' > pages.csv
exits 0 "$TS" collect c.json "${ST[@]}" --workers 1 --num-batches 400 --language-counts pages.csv
says 'Weights: +from pages.csv: pages \*\* 0.5'
shares() { "$PY" -c 'import json, sys
manifest = json.load(open("token_frequencies.manifest.json"))
batches = manifest["batches_per_language"]
sys.exit(not abs(batches["en"] / sum(batches.values()) - float(sys.argv[1])) < 0.08)' "$1"; }
holds shares 0.75

mkdir data
cp pages.csv data/madlad400_metadata.csv
exits 0 "$TS" collect c.json "${ST[@]}" --workers 1 --num-batches 400 --set language_sampling_alpha=0
holds shares 0.5
echo go >> l.txt
exits 2 "${RUN[@]}"
says 'no pages of go'

rm -r data
exits 0 "${RUN[@]}" --set "langs=en qu" --set language_sampling_alpha=0.3 --language-counts pages.csv --quiet
"$PY" -c 'import json; c = json.load(open("c.json")); del c["language_sampling_alpha"]; json.dump(c, open("c.json", "w"))'
exits 0 "${RUN[@]}" --set "langs=python cpp"
says 'weights: equal, since langs has names only'
printf 'python,1\ncpp\n' > l.txt
exits 2 "${RUN[@]}"
says "line 2: language 'cpp' has no weight"
