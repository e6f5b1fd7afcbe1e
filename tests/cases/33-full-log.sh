# A log that is full from the start, or becomes full: what cannot be said is left unsaid, and the run ends with its result.
. "$(dirname "$0")/base.sh"
"${RUN[@]}" --no-cache 2> /dev/full > out; test $? = 0 || fails "stderr is full"
holds grep -q '^Unique tokens' out; holds test -s token_frequencies.json
test "$(id -u)" = 0 && unshare -m true 2> /dev/null || skip "needs root to mount a small disk"
mkdir log
unshare -m bash -c 'mount -t tmpfs -o size=4k none log; head -c 4000 /dev/zero > log/lines; "$@" 2>> log/lines' _ \
  "$TS" collect c.json "${ST[@]}" --num-batches 2000 --workers 1 --output-file b.json > out
test $? = 0 || fails "the log becomes full in the middle"
holds test -s b.json; holds test ! -e b.json.work
