# A corpus with fewer rows than a pool has texts, and the passes over its rows: collect and validate say so, the manifest too.
. "$(dirname "$0")/base.sh"
set_keys tokenizer_batch_size=256 block_size=200
exits 0 "${RUN[@]}" --no-progress
says 'fewer rows than texts in a pool, so rows repeat within pools: cpp \(200 rows, 256 texts\)$'
says 'passes over the rows of a corpus, about: python [0-9.]+, cpp [0-9.]+$'
holds "$PY" -c '
import json
manifest = json.load(open("token_frequencies.manifest.json"))
assert manifest["corpus_rows"] == {"python": 300, "cpp": 200}
for language, passes in manifest["corpus_passes"].items():
    # 8 texts for each batch and 31 * 8 to fill the pool; a row has some 230 characters, so 14 or so are a text of 3,200.
    texts = 8 * (manifest["batches_per_language"][language] + 31)
    assert 10 < passes * manifest["corpus_rows"][language] / texts < 20, (language, passes)'
exits 0 "$TS" validate c.json "${ST[@]}" --quick
says 'fewer than the 256 texts of a pool'
says 'over the rows of a corpus, about: python'
exits 0 "${RUN[@]}" --quiet --json
silent 'rows repeat'
