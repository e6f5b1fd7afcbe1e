# Files that are no result, or are not of one result, are refused in one line by the commands that read one; links lead
# to a result, and a result of version 0.1.0 or of one file alone is read.
. "$(dirname "$0")/base.sh"
GOLDEN=$(cd "$OLDPWD"/../golden && pwd)
"${RUN[@]}" --output-file r.json > out 2> err || fails "the run"
before=$(find . -type f ! -name out ! -name err | sort)

refused() { exits 2 "$TS" "$@"; one_line; silent 'Warning'; says '; (name|write|use|put|give) '; test ! -s out || fails "an answer: $*"; }
echo '{"a": 3, "b": 2}' > foreign.json
refused top foreign.json
says 'foreign.json: is cut off, or no JSON of a result; name a file that `tokstats collect` wrote'
mkdir pair
cp r.parquet r.manifest.json pair
head -c 3000 r.json > pair/r.json
refused show pair/r.json def
cp r.json pair
head -c 3000 r.parquet > pair/r.parquet
refused distribution pair
says 'pair/r.parquet: is damaged, or no Parquet'
cp r.parquet pair
sed 's/"unique_tokens": [0-9]*/"unique_tokens": 5/' r.manifest.json > pair/r.manifest.json
refused compare r.json pair
says 'is not the manifest of r.parquet: unique tokens differ'
sed 's/"format": [0-9]*/"format": 99/' r.manifest.json > pair/r.manifest.json
refused coverage pair foreign.json
says 'has format 99, and this program reads format 1; use the version'
"$PY" -c 'import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"token": ["a", None], "count": [-1, None], "count_python": ["x", "y"]}), "typed.parquet")'
refused top typed.parquet
says 'typed.parquet: is no Parquet of a result; name the file that `tokstats collect` wrote'
rm -r pair foreign.json typed.parquet
test "$before" = "$(find . -type f ! -name out ! -name err | sort)" || fails "something is written"

mkdir links alone
ln -s ../r.json links/l.json
exits 0 "$TS" top links/l.json --language python -n 1
cp r.parquet alone
exits 0 "$TS" distribution alone
exits 0 "$TS" compare "$GOLDEN/result_0.1.0" "$GOLDEN/result_0.1.0" --json
says '"same": true'
