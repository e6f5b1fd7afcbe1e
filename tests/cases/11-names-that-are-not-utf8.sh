# Names of files and folders that are not UTF-8 work; languages and tokens that are not are one line.
. "$(dirname "$0")/base.sh"
D=$(printf 'caf\351')
mkdir "$D" 2> err || exit  # not every file system has such names
cp -r train c.json "$D"
utf8() { holds "$PY" -c 'import json, sys
[json.dumps(json.load(open(name, encoding="utf-8")), ensure_ascii=False).encode() for name in sys.argv[1:]]' "$@"; }
exits 0 "${RUN[@]}" --quiet
exits 0 "${RUN[@]}" --output-file "$D/o.json" --cache-dir "$D/cache" --work-dir "$D/work" --keep-work --json
utf8 out "$D/o.json" "$D/o.manifest.json"; holds cmp token_frequencies.json "$D/o.json"
exits 0 "$TS" cache list --cache-dir "$D/cache"
cd "$D"
exits 0 "${RUN[@]}" --json
utf8 out token_frequencies.json token_frequencies.manifest.json; holds cmp ../token_frequencies.json token_frequencies.json
exits 0 "$TS" validate c.json "${ST[@]}" --num-batches 20 --json --quick; utf8 out
cd ..
echo '{"text": "a b c"}' > "$D/rows.jsonl"
exits 0 "$TS" prepare --include-langs q --from-jsonl "$D/rows.jsonl" --out-train-dir "$D/data" --quiet
exits 0 "$TS" prepare --include-langs "$D" --from-jsonl "$D/rows.jsonl" --out-train-dir data --quiet
exits 2 "${RUN[@]}" --quiet --set "langs=$D"; one_line; says 'is not UTF-8'
exits 2 "${RUN[@]}" --quiet --set "train_directory=$D/train"; one_line; says 'train_directory is not UTF-8'
exits 2 "$TS" collect c.json --special-tokens '<unk>' --eos-token "$D" --quiet; one_line; says 'eos-token.*is not UTF-8'
exits 2 "$TS" collect c.json --special-tokens "$D" --eos-token x --quiet; one_line; says 'special-tokens.*is not UTF-8'
