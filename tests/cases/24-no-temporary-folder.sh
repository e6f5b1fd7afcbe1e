# Without a folder for temporary files a run works, and what needs one says that TMPDIR names one.
. "$(dirname "$0")/base.sh"
test "$(id -u)" = 0 && unshare -m true 2> /dev/null || skip "needs root for a read-only file system"
mkdir w
read_only() { unshare -m bash -c 'mount --bind w w; mount -o remount,ro,bind /; cd .; touch /tmp/x 2> /dev/null && exit 77; exec "$@"' _ "$@"; }
read_only true || skip "/tmp is a file system of its own"
COLLECT='import sys, tokstats_parallel; print(tokstats_parallel.collect("c.json", num_batches=5, special_tokens="<s>", eos_token="<s>", cache_dir="w/cache"))'
exits 0 read_only "${RUN[@]}" --output-file w/o.json --cache-dir w/cache
exits 1 read_only "$PY" -c "try: exec('''$COLLECT''')
except __import__('tokstats_parallel').TokstatsError as error: sys.exit(str(error))"
one_line; says 'no folder for temporary files can be written; set TMPDIR to a folder'
exits 0 read_only env TMPDIR="$W/w" "$PY" -c "$COLLECT"
exits 0 read_only "$TS" validate c.json "${ST[@]}" --num-batches 20 --output-file w/o.json --cache-dir w/cache
says '^warning +time +cannot be measured: no folder for temporary files'; says 'remedy: set TMPDIR'
