# A limit of threads, processes or open files is a line that names it; no file is called damaged, and none is made anew.
. "$(dirname "$0")/base.sh"
exits 0 "${RUN[@]}" --cache-dir cache --quiet
cp -rp cache cache.whole
unharmed() { silent damaged; ! grep -q Traceback out err || fails traceback; holds diff -r cache cache.whole; }
for limit in "-n 5" "-n 7" "-n 9"; do  # with fewer, Python itself does not start where .pth files hold code
  exits 1 bash -c "ulimit $limit; exec \"\$@\"" _ "${RUN[@]}" --cache-dir cache --quiet
  one_line; says 'ulimit -n'; unharmed
done
# Root has no limit of processes; another user is without any here, and has root's permissions for files.
user=(setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=+dac_read_search,+dac_override
  --ambient-caps=+dac_read_search,+dac_override)
"${user[@]}" "$TS" --version > /dev/null 2>&1 || exit
for limit in 1 2 5 7; do
  "${user[@]}" bash -c "ulimit -u $limit; exec \"\$@\"" _ "${RUN[@]}" --cache-dir cache --quiet > out 2> err < /dev/null
  code=$?
  holds test $code -le 1
  test $code = 0 || says 'ulimit -u'
  unharmed
done
