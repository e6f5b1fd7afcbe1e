# Sourced by every case: makes a new working folder with a small corpus, and the functions that check what a command does.
# TS is the command, PY the Python that has the package. A case exits with 1 if a check failed, with 77 if it is skipped.
set -u
TS=${TS:-tokstats}
PY=${PY:-python3}
FAILED=0
W=$(mktemp -d)
trap 'status=$?; chmod -R u+rwX "$W"; rm -rf "$W"; test $status = 77 && exit 77; exit $FAILED' EXIT
cd "$W"
export XDG_CACHE_HOME=$W/.xdg

mkdir train
"$PY" - <<'PYTHON'
import json, random
import pyarrow as pa, pyarrow.parquet as pq

def rows(number, seed, words):
    chance = random.Random(seed)
    return [" ".join(chance.choice(words) + str(chance.randrange(50)) for _ in range(chance.randrange(5, 60))) for _ in range(number)]

pq.write_table(pa.table({"text": rows(300, 1, "def return import self class print for in range".split())}), "train/python.parquet")
pq.write_table(pa.table({"text": rows(200, 2, "int void template std vector auto const".split())}), "train/cpp.parquet")
config = dict(
    train_directory="train", valid_directory="valid", langs="python cpp", tokenizer_name="none", train_batch_size=8,
    tokenizer_batch_size=32, block_size=16, tokenizer_sample_min=500, tokenizer_sample_max=1000, tokenizer_sample_mean=700,
    tokenizer_sample_std=50, tokenizer_noise_mean=1e-5, tokenizer_noise_std=4,
)
json.dump(config, open("c.json", "w"), indent=1)
PYTHON

# Options for the tokenizer, and a short run by one worker.
ST=(--special-tokens '<unk>,<s>,</s>' --eos-token '</s>')
RUN=("$TS" collect c.json "${ST[@]}" --num-batches 20 --workers 1)

# set_keys 'key=python value' ...: changes keys of c.json.
set_keys() { "$PY" -c 'import json, sys
config = json.load(open("c.json"))
config.update({key: eval(value) for key, value in (word.split("=", 1) for word in sys.argv[1:])})
json.dump(config, open("c.json", "w"), indent=1)' "$@"; }

# fails MESSAGE: notes that a check failed, with the last output.
fails() { echo "FAILED: $1"; sed 's/^/  stdout: /' out 2>/dev/null | tail -5; sed 's/^/  stderr: /' err 2>/dev/null | tail -8; FAILED=1; }
# exits CODE COMMAND...: runs a command, which must exit with the code and print no traceback. Its output is in out and err.
exits() { local code=$1; shift; "$@" > out 2> err < /dev/null; local seen=$?
  test $seen = "$code" || fails "exit $seen, not $code: $*"
  ! grep -q Traceback out err || fails "traceback: $*"; }
# says PATTERN: the last command's output has a line that fits (extended regular expression). silent PATTERN: it has none.
says() { grep -qE -e "$1" out err || fails "does not say: $1"; }
silent() { ! grep -qE -e "$1" out err || fails "says: $1"; }
# one_line: the last command's stderr is one line.
one_line() { test "$(wc -l < err)" = 1 || fails "stderr has $(wc -l < err) lines, not 1"; }
# holds CONDITION...: a command that must succeed, such as `holds test -e file`.
holds() { "$@" > /dev/null 2>&1 || fails "does not hold: $*"; }
# skip REASON: leaves the case out.
skip() { echo "skipped: $1"; exit 77; }
