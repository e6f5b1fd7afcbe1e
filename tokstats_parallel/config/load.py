"""Load: makes a validated `Job` of a request; one error message names all bad fields of the config."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from tokstats_parallel.config.config_paths import find_folder
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.json_file import did_you_mean, is_setting, parse_assignments, read_config, unknown_keys
from tokstats_parallel.config.languages import NO_LANGUAGES, Language, load_languages
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.settings import MAX_COUNT, Settings, problems
from tokstats_parallel.config.tokenizer import Reference, load_reference
from tokstats_parallel.corpus.language_files import find_source
from tokstats_parallel.corpus.missing_data import hint_at, no_data
from tokstats_parallel.errors import ConfigError, CorpusError

_ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedConfig:
    """Config whose values are checked, before the reference tokenizer and the data are read.

    Attributes:
        request: Config path and options that the checked config was made from.
        settings: Settings of the config file, with the options' values in place of the file's.
        languages: Languages with a weight above 0, in the config's order.
        train_directory: Absolute path of the folder with the languages' data.
    """

    request: JobRequest
    settings: Settings
    languages: tuple[Language, ...]
    train_directory: Path


def load_job(request: JobRequest, *, notify: Callable[[str], None]) -> Job:
    """Makes a job: reads and checks the config, finds the data, and loads the reference tokenizer.

    Args:
        request: Path of the config file, and options that override its values.
        notify: Called with one line for each ignored key, about languages that are left out, and about rows that are
            packed with nothing between them.

    Raises:
        ConfigError: A value is unusable; the message names all bad fields.
        CorpusError: A language has no data.
    """
    config = check_config(request, notify=notify)
    _require_data(config)
    config = leave_out_english(config, notify)
    return make_job(config, packing_reference(config, notify))


def check_config(request: JobRequest, *, notify: Callable[[str], None]) -> CheckedConfig:
    """Reads a config and checks its values, without the tokenizer and the data; its arguments are those of `load_job`.

    Raises:
        ConfigError: A value is unusable; the message names all bad fields.
    """
    path, folder = request.config, request.config.absolute().parent
    overrides = parse_assignments(request.assignments)
    flags = {key: f"--set {key}" for key in overrides}
    if request.seed is not None:
        overrides["seed"], flags["seed"] = request.seed, "--seed"
    values = read_config(path)
    for key in unknown_keys(values):
        notify(f"{path}: key {key!r} is unknown and ignored{did_you_mean(key)}")
    flaws = _option_problems(overrides, request.num_batches)
    values |= overrides
    settings = _settings(values, flags, flaws)
    languages = _languages(values.get("langs"), folder, notify, flaws)
    if settings is None or flaws:
        raise ConfigError(f"{path}: {'; '.join(flaws)}")
    directory = find_folder(settings.train_directory, folder) or Path.cwd() / settings.train_directory
    return CheckedConfig(request=request, settings=settings, languages=languages, train_directory=directory)


def _option_problems(overrides: Iterable[str], num_batches: int) -> list[str]:
    flaws = [
        f"--set {key}: not a setting of the sampling{did_you_mean(key, settings_only=True)}"
        for key in overrides
        if not is_setting(key)
    ]
    if not 1 <= num_batches <= MAX_COUNT:
        flaws.append(f"--num-batches must be from 1 to {MAX_COUNT} (found {num_batches})")
    return flaws


def _settings(values: Mapping[str, object], flags: Mapping[str, str], flaws: list[str]) -> Settings | None:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        flaws += problems(error, flags)
        return None


def _languages(langs: object, folder: Path, notify: Callable[[str], None], flaws: list[str]) -> tuple[Language, ...]:
    if not isinstance(langs, str):
        return ()  # reported by `_settings`
    try:
        return load_languages(langs, config_folder=folder, notify=notify)
    except ConfigError as error:
        flaws.append(str(error))
        return ()


def _require_data(config: CheckedConfig) -> None:
    """Raises CorpusError if a language other than `en` has no data."""
    directory = config.train_directory
    missing = [
        language.name
        for language in config.languages
        if language.name != _ENGLISH and find_source(directory, language.name) is None
    ]
    if missing:
        raise CorpusError(no_data(directory, missing))


def leave_out_english(config: CheckedConfig, notify: Callable[[str], None]) -> CheckedConfig:
    """Returns the config without the language `en` if `en` has no data, because the training reads `en` from elsewhere.

    Raises:
        ConfigError: `en` has no data and is the only language.
        CorpusError: The folder of the data cannot be read.
    """
    directory = config.train_directory
    others = tuple(language for language in config.languages if language.name != _ENGLISH)
    if len(others) == len(config.languages) or find_source(directory, _ENGLISH) is not None:
        return config
    fault = hint_at(directory, _ENGLISH) or f"{directory / 'en.parquet'} does not exist"
    notify(f"language 'en' is left out: {fault}")
    if not others:
        raise ConfigError(f"{NO_LANGUAGES} langs names only 'en', which has no data in {directory}; name another")
    return replace(config, languages=others)


def packing_reference(config: CheckedConfig, notify: Callable[[str], None]) -> Reference:
    """Loads the reference tokenizer of a config, and notifies if it leaves nothing to put between packed rows.

    The training packs the rows of such a tokenizer with nothing between them. An empty `eos_token` of the request asks
    for the same, so nobody is notified.

    Raises:
        ConfigError: The tokenizer cannot be loaded.
    """
    request, settings = config.request, config.settings
    reference = load_reference(
        settings.tokenizer,
        settings.revision,
        special_tokens=request.special_tokens,
        eos_token=request.eos_token,
        config_folder=request.config.absolute().parent,
    )
    if settings.do_sequence_packing and reference.eos_token is None and request.eos_token is None:
        notify(
            f"reference tokenizer {settings.tokenizer!r} has no eos token: as in the training, nothing is put between "
            'packed rows; to put a token there, pass --eos-token "</s>"'
        )
    return reference


def make_job(config: CheckedConfig, reference: Reference) -> Job:
    """Builds the job of a checked config and its reference tokenizer; every language of the config must have data."""
    settings = config.settings
    return Job(
        num_batches=config.request.num_batches,
        seed=settings.seed,
        languages=config.languages,
        train_directory=config.train_directory,
        reference=reference,
        texts=settings.text_rule(reference.eos_token or ""),
        pooling=settings.pooling(),
        pools=settings.n_pools,
        pool_size=settings.pool_size(),
        vocabulary=settings.vocabulary_law(),
    )
