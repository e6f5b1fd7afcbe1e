# Tokens that look like markup, that turn the direction of the text or command the terminal leave as escapes; CSV and
# JSON are parsed, whatever the tokens are.
. "$(dirname "$0")/base.sh"
"$PY" - <<'PYTHON'
import pyarrow as pa, pyarrow.parquet as pq
words = ["\u202eabc\u202c", "\u200bzero\u200d", "हि", "[bold]x[/bold]", "\x1b[31mred", 'a,b"c', "=1+1", "</td>", "\x9bcsi", "\u2028"]
rows = [" ".join(words[(row * number) % len(words)] for number in range(1, 40)) for row in range(1, 200)]
pq.write_table(pa.table({"text": rows}), "train/python.parquet")
PYTHON
SPECIAL=$'<unk>,[red]s[/red],</\xe2\x80\xaes>,</s>'
"$TS" collect c.json --special-tokens "$SPECIAL" --eos-token '</s>' --num-batches 20 --workers 1 --output-file r.json > out 2> err || fails "the run"

cat > look.py <<'PYTHON'
import csv, io, json, sys, unicodedata
text = sys.stdin.buffer.read().decode()
match sys.argv[1]:
    case "table":  # no controls, no formats
        assert not [one for one in text if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")], ascii(text)
    case "json":
        assert text.isascii() and json.loads(text)["schema_version"] >= 1
    case "csv":
        names, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert rows and {len(row) for row in rows} == {len(names)}
PYTHON
looks() { local form=$1; shift; "$TS" "$@" 2> err | "$PY" look.py "$form" 2>> err || fails "$form of $*"; ! grep -q . err || fails "$*"; }
looks table top r.json -n 5000
looks csv top r.json -n 5000 --csv
looks json show r.json $'\xe2\x80\xaeabc' '[bold]' हि $'\x1b[31m' --hex ff --json
looks csv show r.json $'a\rb' $'x\ny' '=1' $'\xff' --csv
looks table compare r.json --languages python cpp --top 1000
COLUMNS=20 LC_ALL=C NO_COLOR=1 looks table show r.json $'\xe2\x80\xaeabc' '[bold]'
"$PY" - <<'PYTHON' 2> err || fails "the HTML of a notebook"
from tokstats_parallel import TokenStats
from html.parser import HTMLParser
page = TokenStats.load("r.json")._repr_html_()
tags, attributes = set(), set()
class Reader(HTMLParser):
    def handle_starttag(self, tag, attrs):
        tags.add(tag)
        attributes.update(name for name, _ in attrs)
Reader().feed(page)
assert {"td"} <= tags <= {"div", "p", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "code"}, tags
assert attributes <= {"scope"}, attributes
assert "\u202e" not in page and "\x1b" not in page
PYTHON
