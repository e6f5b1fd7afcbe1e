# A pipe, a socket or a device in the place of a file is one line at once, and nothing waits for it.
. "$(dirname "$0")/base.sh"
RUN=(timeout 20 "${RUN[@]}" --quiet)
mkfifo train/q.parquet pipe.json pipe.txt; mkdir -p train/saved tok; mkfifo train/saved/part.parquet tok/tokenizer.json
exits 1 "${RUN[@]}" --set langs=q; one_line; says 'q\.parquet: it is a pipe, not a file'
exits 1 "${RUN[@]}" --set langs=saved; one_line; says 'part\.parquet: it is a pipe, not a file'
exits 2 timeout 20 "$TS" collect pipe.json; one_line; says 'pipe\.json: unreadable \(it is a pipe, not a file\)'
exits 2 "${RUN[@]}" --set langs=pipe.txt; one_line; says 'pipe\.txt, which is a pipe'
exits 2 timeout 20 "$TS" collect c.json --quiet --set tokenizer_name=tok; one_line; says 'tokenizer\.json is a pipe, not a file'
exits 2 timeout 20 "$TS" collect /dev/null; one_line; says 'it is a device'
exits 1 timeout 20 "$TS" validate c.json "${ST[@]}" --quick --set langs=q; says 'q\.parquet: it is a pipe, not a file'
# What the shell has opened is read: a config is read once.
exits 0 timeout 20 "$TS" collect <(cat c.json) "${ST[@]}" --num-batches 20 --workers 1 --quiet --output-file o.json
