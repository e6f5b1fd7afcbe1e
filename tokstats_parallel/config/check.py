"""Check: reads a config and checks its values; one error message names all bad fields."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

from pydantic import ValidationError

from tokstats_parallel.config.config_paths import find_folder
from tokstats_parallel.config.job import ConfigFacts
from tokstats_parallel.config.json_file import parse_assignments, read_config
from tokstats_parallel.config.known_keys import did_you_mean, is_setting, near_setting, unknown_keys
from tokstats_parallel.config.languages import Language, LanguageList, read_languages
from tokstats_parallel.config.problems import problems, shown
from tokstats_parallel.config.request import TRAINING, JobRequest, NumBatches
from tokstats_parallel.config.settings import MAX_COUNT, Settings
from tokstats_parallel.config.weights import Weighed, WeightRule, weigh
from tokstats_parallel.errors import ConfigError, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedConfig:
    """Config whose values are checked, before the reference tokenizer and the data are read.

    Attributes:
        request: Config path and options that the checked config was made from.
        settings: Settings of the config file, with the options' values in place of the file's.
        num_batches: Number of batches of the run.
        languages: Languages with a weight above 0, in the config's order.
        train_directory: Absolute path of the folder with the languages' data.
        facts: Facts about the config for the manifest.
        notes: Lines for the user about weights that may not be the training's, and about defaults.
    """

    request: JobRequest
    settings: Settings
    num_batches: int
    languages: tuple[Language, ...]
    train_directory: Path
    facts: ConfigFacts
    notes: tuple[str, ...]


def check_config(request: JobRequest, *, notify: Callable[[str], None]) -> CheckedConfig:
    """Reads a config and checks its values, without the tokenizer and the data.

    Args:
        request: Path of the config file, and options that override its values.
        notify: Called with one line for each ignored key, about languages of weight 0, and about `debug`.

    Raises:
        ConfigError: A value is unusable; the message names all bad fields.
    """
    path, folder = request.config, request.config.absolute().parent
    overrides = parse_assignments(request.assignments)
    flags = {key: f"--set {key}" for key in overrides}
    if request.seed is not None:
        overrides["seed"], flags["seed"] = request.seed, "--seed"
    values = read_config(path)
    flaws = _option_problems(overrides, request.num_batches)
    unknown = _unknown_keys(values, path, notify, flaws)
    values |= overrides
    settings = _settings(values, flags, flaws)
    num_batches = _num_batches(request.num_batches, settings, flaws) if settings else 0
    named = _languages(values.get("langs"), folder, flaws)
    weighed = _weigh(named, settings, request.language_counts, folder, notify=notify, flaws=flaws)
    if settings is None or weighed is None or flaws:
        raise ConfigError(f"{path}: {'; '.join(flaws)}")
    defaults = settings.defaults()
    directory = settings.data_directory
    if settings.debug:
        pool = settings.pool_size()
        notify(
            f"{path}: debug is true, as in the training: texts are those of valid_directory ({printable(directory)}), "
            f"{pool.batch_texts:,} in a stream batch and {pool.texts:,} in a pool"
        )
    return CheckedConfig(
        request=request,
        settings=settings,
        num_batches=num_batches,
        languages=weighed.languages,
        train_directory=find_folder(directory, folder) or Path.cwd() / directory,
        facts=ConfigFacts(
            weights=weighed.origin,
            unknown_keys=tuple(unknown),
            defaults=defaults,
            add_prefix_space=settings.add_prefix_space,
        ),
        notes=tuple(note for note in (weighed.note, defaults and defaults_note(defaults)) if note),
    )


def _option_problems(overrides: Iterable[str], num_batches: NumBatches) -> list[str]:
    flaws = [
        f"--set {key}: not a setting of the sampling{did_you_mean(key, settings_only=True)}"
        for key in overrides
        if not is_setting(key)
    ]
    if not isinstance(num_batches, Integral):  # numpy's, too
        if num_batches != TRAINING:  # from Python
            flaws.append(f"--num-batches must be a whole number, or {TRAINING} (found {shown(num_batches)})")
    elif not 1 <= num_batches <= MAX_COUNT:
        flaws.append(f"--num-batches must be from 1 to {MAX_COUNT} (found {num_batches})")
    return flaws


def _unknown_keys(keys: Iterable[str], path: Path, notify: Callable[[str], None], flaws: list[str]) -> list[str]:
    """Returns the unknown keys; a key that is probably a misspelt setting is a flaw, since its value would be lost."""
    unknown = unknown_keys(keys)
    for key in unknown:
        meant = near_setting(key)
        if meant is None:
            notify(f"{path}: key {key!r} is unknown and ignored{did_you_mean(key)}")
        else:
            flaws.append(f"key {key!r} is unknown, and close to the setting {meant!r}: correct or remove it")
    return unknown


def _settings(values: Mapping[str, object], flags: Mapping[str, str], flaws: list[str]) -> Settings | None:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        flaws += problems(error, flags)
        return None


def _num_batches(typed: NumBatches, settings: Settings, flaws: list[str]) -> int:
    """Returns the number of batches; for `training`, the number of draws of the whole training (SPEC 2)."""
    if typed != TRAINING:
        return int(typed) if isinstance(typed, Integral) else 0  # all else is reported by `_option_problems`
    flag, steps, identity_steps = f"--num-batches {TRAINING}", settings.steps, settings.identity_steps
    if steps is None:
        flaws.append(f"{flag}: steps is missing; add it to the config, or give a number of batches")
        return 0
    number = steps - identity_steps
    if number < 1:
        less = f"{steps} steps less {identity_steps} identity_steps"
        flaws.append(f"{flag}: {less} leave no draw; give a number of batches instead")
    elif number > MAX_COUNT:
        flaws.append(f"{flag}: {number} draws are more than {MAX_COUNT}; give a number of batches instead")
    return number


def _languages(langs: object, folder: Path, flaws: list[str]) -> LanguageList | None:
    if not isinstance(langs, str):
        return None  # reported by `_settings`
    try:
        return read_languages(langs, config_folder=folder)
    except ConfigError as error:
        flaws.append(str(error))
        return None


def _weigh(
    named: LanguageList | None,
    settings: Settings | None,
    table: Path | None,
    folder: Path,
    *,
    notify: Callable[[str], None],
    flaws: list[str],
) -> Weighed | None:
    if named is None or settings is None:
        return None
    rule = WeightRule(
        alpha=settings.language_sampling_alpha,
        alpha_is_set="language_sampling_alpha" in settings.model_fields_set,
        table=table,
        config_folder=folder,
    )
    try:
        return weigh(named, rule, notify=notify)
    except ConfigError as error:
        flaws.append(str(error))
        return None


def defaults_note(defaults: Mapping[str, object]) -> str:
    """Writes the line that names sampling keys that the config does not set, with their values."""
    values = ", ".join(
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {shown(value)}" for key, value in defaults.items()
    )
    return f"defaults of the training, since the config does not set them: {values}"
