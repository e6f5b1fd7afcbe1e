"""Known keys of a config: the settings of the sampling, and the training's other keys, which cannot change a draw.

`docs/config.md` lists all of them: the settings with their meaning, the others with the reason.
"""

import difflib
from collections.abc import Iterable

from tokstats_parallel.config.settings import Settings

# All arguments of the training that are no settings, and options of Hugging Face's Trainer for optimiser, logging,
# evaluation and saving. Options of its example scripts that would choose other texts or other batches, such as
# `max_train_samples`, are left out on purpose: the training does not have them, so that they deserve a warning.
TRAINING_KEYS = frozenset(
    """
    adam_beta1 adam_beta2 adam_epsilon add_target_priors_to_bias apply_lexical_loss_to_init
    backbone_training bf16 cache_dir config_name dataloader_num_workers do_cost_analysis do_cost_estimation do_eval
    do_predict do_train dtype eval_at_step_zero eval_batch_size eval_steps eval_strategy evaluation_strategy
    extra_lang_codes extra_valid_files extra_valid_tokenizer_names fp16 gradient_accumulation_steps
    gradient_checkpointing hub_model_id hub_token identity_n_subsample ignore_data_skip init_from_params learnable_bias
    learning_rate learning_rate_alpha lexical_loss_kind lexical_loss_weight load_best_model_at_end logging_dir
    logging_steps logging_strategy loss lr_scheduler_type max_eval_samples max_grad_norm model_revision
    model_type n_embd n_langs n_token_subsample n_valid_subsample num_workers optim output_dir overwrite_cache
    overwrite_output_dir overwrite_special_token_embeddings pad_to_multiple_of per_device_eval_batch_size
    preprocessing_num_workers project push_to_hub random_learning_rate random_warmup_steps reinit_projectors remat
    report_to resume_from_checkpoint resume_from_checkpoint_reset_steps run_backbone_in_training_mode run_name
    save_best_only save_state save_steps save_strategy save_total_limit subsample_mode target_tokenizer_name token
    tokenizer_sample_reweigh_temperature torch_dtype trust_remote_code use_adafactor use_auth_token use_fast_tokenizer
    use_passthrough_hypernet use_unigram_bias valid_batch_size valid_steps validation_file validation_split_percentage
    warmup_ratio warmup_steps weight_decay
    """.split()  # noqa: SIM905 - one name a line would be a hundred lines
)
_HYPERNETWORK = "hn_"
_NEAR = 0.84
"""Least similarity, by difflib's ratio, of a misspelt key to the setting that is meant."""
_MIN_WORDS = 2


def is_setting(key: str) -> bool:
    """Tells whether a config key is a setting of the sampling."""
    return key in Settings.model_fields


def unknown_keys(keys: Iterable[str]) -> list[str]:
    """Lists the keys that are neither settings of the sampling nor known keys of the training, in the given order."""
    return [key for key in keys if not (is_setting(key) or key in TRAINING_KEYS or key.startswith(_HYPERNETWORK))]


def near_setting(key: str) -> str | None:
    """Returns the setting that an unknown key probably means: one of similar spelling, or with more words in front.

    So `tokenizer_noise_sd`, `Tokenizer-Noise-STD` and `noise_std` all mean `tokenizer_noise_std`, and `language_alpha`
    means `language_sampling_alpha`.
    """
    plain = key.lower().replace("-", "_")
    similar = difflib.get_close_matches(plain, Settings.model_fields, n=1, cutoff=_NEAR)
    words = plain.split("_")
    if len(words) >= _MIN_WORDS:
        others = ((name, name.split("_")) for name in Settings.model_fields)
        similar += [name for name, parts in others if words[-1] == parts[-1] and set(words) <= set(parts)]
    return similar[0] if similar else None


def did_you_mean(key: str, *, settings_only: bool = False) -> str:
    """Returns `; did you mean 'x'?` with the known key most similar to `key`; "" if no known key is similar."""
    known = [*Settings.model_fields, *(() if settings_only else sorted(TRAINING_KEYS))]
    nearest = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
