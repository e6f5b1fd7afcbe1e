# Streams that are closed, full or read in part: what cannot be said is left unsaid, and the result counts.
. "$(dirname "$0")/base.sh"
# ends CODE REDIRECTION COMMAND...: runs a command with a redirection of the shell; its stderr, if not redirected, is in err.
ends() { local code=$1 redirection=$2; shift 2; : > out; : > err
  eval '"$@" 2> err '"$redirection"; local seen=$?
  test $seen = "$code" || fails "exit $seen, not $code: $redirection $*"
  ! grep -q Traceback err || fails "traceback: $redirection $*"; }
COLLECT=("${RUN[@]}" --no-cache)

rm -f token_frequencies.json; ends 0 '<&- >&- 2>&-' "${COLLECT[@]}"; holds test -s token_frequencies.json
rm -f token_frequencies.json; ends 0 '> /dev/full' "${COLLECT[@]}"; holds test -s token_frequencies.json
says 'the result is written, but the summary is not: stdout cannot be written \(No space left on device\)'
ends 1 '> /dev/full' "${COLLECT[@]}" --json --quiet
one_line; says 'token_frequencies.json: is written, but the summary of --json is not'
rm -f token_frequencies.json; ends 1 '>&-' "${COLLECT[@]}" --json
one_line; says '--json: stdout is closed'; holds test ! -e token_frequencies.json

ends 0 '>&-' "$TS" validate c.json "${ST[@]}" --quick
ends 1 '> /dev/full' "$TS" validate c.json "${ST[@]}" --quick --json
one_line; says 'stdout cannot be written'
ends 0 '> /dev/full' "$TS" prepare --include-langs python --from-parquet train --out-train-dir made
says 'all files are written, but the summary is not'
ends 0 '>&-' "$TS" --version
ends 0 '>&- 2>&-' "$TS" cache list
ends 0 '> /dev/full' "$TS" cache clear
ends 1 '> /dev/full' "$TS" --help; one_line
"$TS" --help 2> err | head -1 > out; test "${PIPESTATUS[0]}" = 0 || fails "--help | head"
for columns in 0 99999999; do
  LANG=C PYTHONIOENCODING=ascii COLUMNS=$columns TERM= exits 0 timeout 20 "$TS" collect --help; says "^Usage:"
done
