# Shards of a folder that cannot be read are counted and named, not dropped in silence.
. "$(dirname "$0")/base.sh"
mkdir train/q
cp train/cpp.parquet train/q/a.parquet
cp train/cpp.parquet train/q/b.pq
cp train/cpp.parquet train/q/_d.parquet
gzip -c train/cpp.parquet > train/q/c.parquet.gz
exits 0 "$TS" collect c.json "${ST[@]}" --num-batches 5 --workers 1 --set langs=q --no-progress
says '^tokstats: q: left out: 2 files \(_d.parquet: hidden; c.parquet.gz: compressed; unpack it\)$'
exits 0 "$TS" validate c.json "${ST[@]}" --set langs=q --quick --json
says '"rows": 400'
