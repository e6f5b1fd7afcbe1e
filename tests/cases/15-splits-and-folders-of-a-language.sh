# The rows of a language are those of the split train, also in the hub's folder data/; the rest is counted and named.
. "$(dirname "$0")/base.sh"
mkdir -p train/q train/hub/data
for split in test validation; do cp train/cpp.parquet train/q/$split-00000-of-00001.parquet; done
cp train/python.parquet train/q/train-00000-of-00001.parquet
cp train/python.parquet train/hub/data/train-00000-of-00001.parquet
fingerprint() { "$PY" -c 'import json, sys; print(*json.load(open("token_frequencies.manifest.json"))["corpora"].values())'; }
exits 0 "${RUN[@]}" --set langs=python --quiet
whole=$(fingerprint)
for language in q hub; do
  exits 0 "${RUN[@]}" --set langs=$language --no-progress
  holds test "$(fingerprint)" = "$whole"
done
silent 'left out'
exits 0 "$TS" validate c.json "${ST[@]}" --set langs=q --quick
says 'left out: 2 files \(test-00000-of-00001'
exits 0 "${RUN[@]}" --set langs=q --no-progress
says "^tokstats: q: left out: 2 files \(test-00000-of-00001.parquet: of split 'test'; validation-00000-of-00001.parquet: of split 'validation'\)$"
