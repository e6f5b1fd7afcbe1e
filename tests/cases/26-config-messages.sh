# A key given twice, process substitution as langs, and a working folder that is gone: each is one line that says so.
. "$(dirname "$0")/base.sh"
sed 's/"langs": "python cpp"/"langs": "python", "langs": "cpp"/' c.json > twice.json
exits 2 "$TS" collect twice.json "${ST[@]}"
one_line
says "more than one value for 'langs'"
exits 2 "${RUN[@]}" --quiet --set langs=<(echo python,1)
one_line
says 'a list of languages is a file whose name ends in .txt.*instead of <\(\.\.\.\)'
mkdir gone
in_gone() { (cd gone && rmdir ../gone && "$@"); }
exits 1 in_gone "$TS" collect "$W/c.json" "${ST[@]}" --num-batches 5 --output-file "$W/g.json"
one_line
says 'working folder.*is gone'
