# A folder from which no tokenizer can be loaded: the message says what is wrong with it, whole and in one line.
. "$(dirname "$0")/base.sh"
mkdir empty lfs spm weights
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 146946961\n' 0 > lfs/tokenizer.json
printf '\n\016\n\005<unk>\025\0\0\0\0\030\002' > spm/tokenizer.model
echo '{"tokenizer_class": "LlamaTokenizer", "eos_token": "</s>"}' > spm/tokenizer_config.json
touch weights/config.json weights/model.safetensors; echo '{}' > weights/config.json
exits 2 "$TS" collect c.json --set tokenizer_name=lfs --quiet
one_line
says 'tokenizer.json is a Git LFS pointer.*`git lfs pull`'
exits 0 "$PY" -c '
import tokstats_parallel
for name in ("empty", "spm", "weights"):
    try:
        tokstats_parallel.load_job("c.json", set={"tokenizer_name": name})
    except tokstats_parallel.TokstatsError as error:
        print(error)'
says '/empty\) cannot be loaded: it is empty; '
says '/weights\) cannot be loaded: it has neither tokenizer.json nor another vocabulary, only config.json, model.safetensors; '
"$PY" -c 'import sentencepiece, google.protobuf' 2> /dev/null || says 'SentencePiece model, which takes `pip install [a-z ]*` to read; '
silent tiktoken
