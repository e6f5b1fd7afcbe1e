# A tokenizer in the hub's cache is loaded without config.json, which is the model's; where a part is missing, it is named.
. "$(dirname "$0")/base.sh"
R=hf/hub/models--foo--bar; S=$R/snapshots/abc
mkdir -p $S $R/refs
printf abc > $R/refs/main
"$PY" - $S <<'P'
import json, sys
from tokenizers import AddedToken, Tokenizer, models
tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1}, unk_token="<unk>"))
tokenizer.add_special_tokens([AddedToken("</s>", special=True)])
tokenizer.save(f"{sys.argv[1]}/tokenizer.json")
json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>"}, open(f"{sys.argv[1]}/tokenizer_config.json", "w"))
P
export HF_HOME=$W/hf HF_HUB_OFFLINE=1
CACHED=("$TS" collect c.json --set tokenizer_name=foo/bar --num-batches 5 --workers 1 --quiet)
exits 0 "${CACHED[@]}"
holds "$PY" -c 'import json; assert json.load(open("token_frequencies.json"))["</s>"] == 5'
mv $S/tokenizer_config.json .
exits 2 "${CACHED[@]}"
one_line
says "snapshots/abc, but it has no tokenizer_config.json, which names the special tokens, and the hub is switched off"
rm $S/tokenizer.json; mv tokenizer_config.json $S
exits 2 "${CACHED[@]}" --special-tokens '<unk>'
says 'neither tokenizer.json nor another vocabulary, only tokenizer_config.json'
says '--eos-token "</s>" beside --special-tokens'
