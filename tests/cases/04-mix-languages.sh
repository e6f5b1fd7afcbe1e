# Languages that are mixed in one pool, or share one, are drawn as the training draws them, and not as if each had its own.
. "$(dirname "$0")/base.sh"
exits 0 "${RUN[@]}" --quiet --output-file alone.json
set_keys mix_languages=True
exits 0 "${RUN[@]}" --json --output-file mixed.json
says '"languages": \{"all": 20\}, "texts": \{"python": [0-9]+, "cpp": [0-9]+\}'
holds "$PY" -c 'import json; m = json.load(open("mixed.manifest.json")); assert abs(m["share_of_texts"]["python"] - 0.5) < 0.2'
exits 1 cmp alone.json mixed.json
exits 0 "$TS" validate c.json "${ST[@]}" --num-batches 20
says 'texts of python 50'
exits 2 "${RUN[@]}" --quiet --set shared_pool=true
says 'shared_pool must be false where mix_languages is true'
one_line
set_keys mix_languages=False
exits 0 "${RUN[@]}" --json --output-file shared.json --set shared_pool=true
says '"languages": \{"python": [0-9]+, "cpp": [0-9]+\}'
holds "$PY" -c 'import pyarrow.parquet as pq; names = pq.read_schema("shared.parquet").names; assert [name for name in names if name.startswith("count")] == ["count", "count_python", "count_cpp"]'
exits 1 cmp alone.json shared.json
exits 0 "${RUN[@]}" --quiet --output-file again.json --set shared_pool=true --no-cache
holds cmp again.json shared.json
