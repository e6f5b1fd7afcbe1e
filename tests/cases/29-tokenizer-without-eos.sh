# A tokenizer without eos: rows are packed with nothing between them, as in the training; --eos-token '' asks for the same.
. "$(dirname "$0")/base.sh"
mkdir tok
"$PY" - <<'P'
import json
from tokenizers import AddedToken, Tokenizer, models
tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
tokenizer.add_special_tokens([AddedToken(token, special=True) for token in ("[CLS]", "[SEP]")])
tokenizer.save("tok/tokenizer.json")
named = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
json.dump({"tokenizer_class": "PreTrainedTokenizerFast"} | named, open("tok/tokenizer_config.json", "w"))
P
NONE=("$TS" collect c.json --set tokenizer_name=tok --num-batches 5 --workers 1)
exits 0 "${NONE[@]}" --output-file none.json
says "'tok' has no eos token: as in the training, nothing is put between packed rows; to put a token there, pass --eos-token"
exits 0 "${NONE[@]}" --output-file empty.json --eos-token ''
silent 'eos'
holds cmp none.json empty.json
exits 0 "${NONE[@]}" --output-file other.json --eos-token '</s>'
holds test -n "$(cmp none.json other.json)"
