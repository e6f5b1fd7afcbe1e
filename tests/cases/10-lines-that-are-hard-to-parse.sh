# JSON lines that the parser gives up on: one line with the file and the number of the line.
. "$(dirname "$0")/base.sh"
"$PY" - <<'PYTHON'
import os
os.mkdir("in")
good = '{"text": "a"}\n'
lines = {
    "deep": '{"text": "a", "m": ' + "[" * 100000 + "]" * 100000 + "}\n",
    "long": '{"text": "a", "id": ' + "9" * 6000 + "}\n",
    "twice": '{"text": "a", "text": "b"}\n',
    "nan": '{"text": NaN}\n',
}
for name, line in lines.items():
    open(f"in/{name}.jsonl", "w").write(good + line)
open("in/latin.jsonl", "wb").write(good.encode() + b'{"text": "caf\xe9"}\n')
PYTHON
for name in deep long twice nan latin; do
  exits 1 "$TS" prepare --include-langs $name --from-jsonl in --out-train-dir made --quiet
  one_line; says "in/$name.jsonl: line 2"
done
