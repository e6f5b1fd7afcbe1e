"""Reads a config file and `--set` assignments, which are not validated here, and knows the names of config keys."""

import difflib
import json
from collections.abc import Iterable
from pathlib import Path

from tokstats_parallel.config.settings import Settings
from tokstats_parallel.errors import ConfigError, reason
from tokstats_parallel.system.regular_file import require_regular_file

# Options of the training for the model, the data, the optimiser and logging; no draw depends on them.
TRAINING_KEYS = frozenset(
    """
    adam_beta1 adam_beta2 adam_epsilon add_prefix_space add_target_priors_to_bias bf16 cache_dir
    config_name dataloader_num_workers dataset_name debug do_cost_estimation do_eval do_predict do_train
    dtype eval_at_step_zero eval_batch_size eval_steps eval_strategy evaluation_strategy extra_lang_codes
    extra_valid_files extra_valid_tokenizer_names fp16 gradient_accumulation_steps gradient_checkpointing
    hub_model_id hub_token identity_n_subsample identity_steps ignore_data_skip learning_rate
    learning_rate_alpha lexical_loss_kind lexical_loss_weight load_best_model_at_end logging_dir
    logging_steps logging_strategy loss lr_scheduler_type max_eval_samples max_grad_norm max_steps
    max_train_samples model_revision model_type n_embd n_token_subsample n_valid_subsample
    num_train_epochs num_workers optim output_dir overwrite_cache overwrite_output_dir pad_to_multiple_of
    per_device_eval_batch_size per_device_train_batch_size preprocessing_num_workers project push_to_hub
    random_learning_rate remat report_to resume_from_checkpoint run_name save_best_only save_state
    save_steps save_strategy save_total_limit seq_length steps subsample_mode target_tokenizer_name token
    torch_dtype train_file trust_remote_code use_auth_token use_fast_tokenizer use_unigram_bias
    valid_batch_size valid_steps validation_file validation_split_percentage warmup_ratio warmup_steps
    weight_decay
    """.split()  # noqa: SIM905 - one name a line would be a hundred lines
)


def read_config(path: Path) -> dict[str, object]:
    """Reads a config file and returns its JSON object: key -> unchecked value.

    Raises:
        ConfigError: The file is missing, unreadable, not JSON (the message has line and column) or not a JSON object.
    """
    try:
        values = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}: line {error.lineno}, column {error.colno}: not JSON ({error.msg}); "
            "correct it there: JSON has double quotes, no comments and no comma after the last entry"
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets nested too deep
        raise ConfigError(f"{path}: not a JSON config ({error}); give the training's config file") from error
    if not isinstance(values, dict):
        keys = '{"train_directory": ..., "langs": ..., ...}'
        raise ConfigError(f"{path}: not a JSON object but {_kind(values)}; a config looks like {keys}")
    return values


def _text(path: Path) -> str:
    try:
        require_regular_file(path, or_open_pipe=True)
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such config file; give the path of the training's JSON config") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: a folder, not a config; give the JSON file that is in it") from error
    except OSError as error:
        raise ConfigError(f"{path}: unreadable ({reason(error)}); check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text in UTF-8 (byte {error.start}); save the config as UTF-8") from error


def _kind(value: object) -> str:
    return {list: "a list", str: "a string", type(None): "null"}.get(type(value), "a single value")


def parse_assignments(assignments: Iterable[str]) -> dict[str, object]:
    """Parses the `key=value` words of `--set` into key -> value; a value that is not JSON becomes a string.

    Raises:
        ConfigError: An assignment has no key or no `=`, or two assignments have the same key.
    """
    values: dict[str, object] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        key = key.strip()
        if not key or not equals:
            raise ConfigError(f"--set {assignment!r}: must be key=value, such as --set n_pools=2")
        if key in values:
            raise ConfigError(f"--set {key}: was set twice; set it once")
        values[key] = _json_or_string(value)
    return values


def _json_or_string(value: str) -> object:
    try:
        parsed: object = json.loads(value)
    except ValueError:
        return value
    return parsed


def is_setting(key: str) -> bool:
    """Tells whether a config key is a setting of the sampling."""
    return key in Settings.model_fields


def unknown_keys(keys: Iterable[str]) -> list[str]:
    """Lists the keys that are neither settings of the sampling nor known keys of the training, in the given order."""
    return [key for key in keys if not (is_setting(key) or key in TRAINING_KEYS or key.startswith("hn_"))]


def did_you_mean(key: str, *, settings_only: bool = False) -> str:
    """Returns `; did you mean 'x'?` with the known key most similar to `key`; "" if no known key is similar."""
    known = [*Settings.model_fields, *(() if settings_only else sorted(TRAINING_KEYS))]
    nearest = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
