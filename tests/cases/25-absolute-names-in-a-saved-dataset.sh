# A saved dataset whose state.json names its files by absolute paths is read as the library datasets reads it.
. "$(dirname "$0")/base.sh"
"$PY" - <<'PYTHON'
import json, os
import pyarrow as pa

table = pa.table({"text": ["a b c"] * 9})
for folder, name in (("train/q", os.path.abspath("data.arrow")), ("train/lost", "/nowhere/lost.arrow")):
    os.mkdir(folder)
    json.dump({"_data_files": [{"filename": name}]}, open(f"{folder}/state.json", "w"))
with pa.OSFile("data.arrow", "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
    writer.write_table(table)
PYTHON
exits 0 "${RUN[@]}" --set langs=q --json --quiet
holds grep -q '"q": 20' out
exits 1 "${RUN[@]}" --set langs=lost --quiet
says '^tokstats: error: /nowhere/lost.arrow: No such file or directory; '
one_line
