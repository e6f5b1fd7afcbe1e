# A maximum below the default minimum is the size, as in the training: first not below the minimum, then not above the maximum.
. "$(dirname "$0")/base.sh"
"$PY" -c 'import json; c = json.load(open("c.json")); del c["tokenizer_sample_min"]; json.dump(c, open("c.json", "w"))'
set_keys tokenizer_sample_max=450 tokenizer_sample_mean=450
exits 0 "${RUN[@]}" --json
holds "$PY" -c 'import json; assert sum(json.load(open("token_frequencies.json")).values()) == 20 * (450 + 3)'
