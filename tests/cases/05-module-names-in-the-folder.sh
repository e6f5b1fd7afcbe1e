# A file in the working folder or beside a script that has the name of a module is run by no process of the program.
. "$(dirname "$0")/base.sh"
mkdir plain beside
decoy="open('$W/RAN', 'a').write(__file__); import os; os._exit(9)"
for name in tokenize random types sitecustomize numpy pyarrow rich psutil pydantic; do echo "$decoy" > plain/$name.py; done
cd plain
exits 0 "${RUN[@]/c.json/../c.json}" --quiet --set train_directory=../train --no-cache
exits 0 "$TS" validate ../c.json "${ST[@]}" --num-batches 20 --workers 1 --set train_directory=../train --no-cache
rm types.py sitecustomize.py  # Python itself runs these, before the program, if PYTHONPATH has an empty entry
exits 0 env PYTHONPATH=: "${RUN[@]/c.json/../c.json}" --quiet --set train_directory=../train --no-cache
cd ..
# A script that has the real modules; its workers look for them anew.
cat > beside/script.py <<'PYTHON'
import random, sys, tokenize, numpy, psutil, pyarrow
import tokstats_parallel
tokstats_parallel.collect
for name in "tokenize random types sitecustomize numpy pyarrow psutil".split():
    for folder in ".", "beside":
        open(f"{folder}/{name}.py", "w").write(sys.argv[-1])
tokstats_parallel.collect("c.json", special_tokens="<unk>", eos_token="</s>", num_batches=20, workers=2, use_cache=False)
PYTHON
exits 0 "$PY" beside/script.py "$decoy"; cp beside/script.py s; rm -f ./*.py beside/*.py
exits 0 "$PY" -c "$(cat s)" "$decoy"
holds test ! -e RAN
