# Keys of the training pass in silence; near a sampling key is an error; any other is a warning that the manifest keeps.
. "$(dirname "$0")/base.sh"
set_keys random_warmup_steps=0 learnable_bias=False use_passthrough_hypernet=False init_from_params=None \
  backbone_training="'full'" add_prefix_space=True langs="'python'" language_sampling_alpha=0.3 zzz_key=1
exits 0 "${RUN[@]}"
says "key 'zzz_key' is unknown"
test "$(grep -c unknown err)" = 1 || fails "more than one key is called unknown"
holds grep -q '"zzz_key"' token_frequencies.manifest.json
set_keys tokenizer_noise_sd=0
exits 2 "${RUN[@]}" --quiet
says "'tokenizer_noise_sd'.*'tokenizer_noise_std'"

"$PY" -c 'import json; c = json.load(open("c.json")); del c["tokenizer_noise_sd"]; json.dump(c, open("c.json", "w"))'
mkdir valid
cp train/python.parquet valid/
set_keys train_batch_size=32 debug=True steps=30 identity_steps=10
exits 0 "$TS" collect c.json "${ST[@]}" --workers 1 --num-batches training
says 'Total batches: +20'
holds grep -q '"batch_texts": 2' token_frequencies.manifest.json
holds grep -q '/valid"' token_frequencies.manifest.json
set_keys train_batch_size=8
exits 2 "${RUN[@]}"
says 'debug divides train_batch_size'
