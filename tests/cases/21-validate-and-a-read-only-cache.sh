# validate says what collect would do with a cache that holds all rows and cannot be written, and with one that lacks some.
. "$(dirname "$0")/base.sh"
exits 0 "${RUN[@]}" --quiet --cache-dir cache
mkdir results; chmod 777 . results; chmod a-w cache
as=()
if test "$(id -u)" = 0; then  # a user who may read all, and write little
  as=(setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search
    env -u HOME -u XDG_CACHE_HOME)
  "${as[@]}" "$TS" --version > /dev/null 2>&1 || skip "setpriv cannot start the command as another user"
fi
VALIDATE=("${as[@]}" "$TS" validate c.json "${ST[@]}" --num-batches 20 --workers 1 --cache-dir "$W/cache" --output-file results/o.json)
exits 0 "${as[@]}" "${RUN[@]}" --quiet --cache-dir "$W/cache" --output-file results/o.json
exits 0 "${VALIDATE[@]}"; says 'cache: has the rows of all languages'; says ' 0 failed'
cp train/cpp.parquet train/other.parquet
exits 1 "${as[@]}" "${RUN[@]}" --quiet --cache-dir "$W/cache" --output-file results/o.json --set langs=other; says 'cannot use this cache folder'
exits 1 "${VALIDATE[@]}" --quick --set langs=other; says '^failed +cache +.*cannot be written'; says ' 1 failed'
