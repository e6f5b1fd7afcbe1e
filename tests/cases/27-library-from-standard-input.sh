# The library runs from a file, from a here-document, as an argument, and without a guard, with the same result.
. "$(dirname "$0")/base.sh"
cat > guarded.py <<'PYTHON'
import tokstats_parallel
if __name__ == "__main__":
    stats = tokstats_parallel.collect("c.json", "o.json", num_batches=20, workers=2, special_tokens="<unk>", eos_token="</s>")
    print(stats.manifest["batches"])
PYTHON
sed 's/if __name__.*/if True:/' guarded.py > unguarded.py
exits 0 "$PY" guarded.py; says '^20$'; cp o.json expected.json
collects() { exits 0 "$@"; says '^20$'; holds test "$(wc -l < out)" = 1; holds test ! -s err; holds cmp o.json expected.json; rm o.json; }
collects "$PY" unguarded.py
collects "$PY" -c "$(cat guarded.py)"
collects bash -c '"$PY" - <<EOF
$(cat unguarded.py)
EOF'
