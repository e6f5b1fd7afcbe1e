"""From a config file and the options beside it to a `Job`: validated once, all bad fields named at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from tokstats_parallel.config.config_paths import find_folder
from tokstats_parallel.config.file import did_you_mean, is_setting, read_config, typed_values, unknown_keys
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import NO_LANGUAGES, Language, load_languages
from tokstats_parallel.config.settings import MAX_COUNT, Settings, problems
from tokstats_parallel.config.tokenizer import Reference, load_reference
from tokstats_parallel.corpus.sources import find_source, no_data
from tokstats_parallel.errors import ConfigError, CorpusError

_ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedConfig:
    """A config that is sound in itself: neither the tokenizer nor the data has been looked at.

    Attributes:
        settings: Its keys, with the overrides.
        num_batches: Batches to draw.
        languages: Those with a weight above 0, in the config's order.
        folder: Where the config is; absolute.
        train_directory: Where the languages' data should be; absolute.
    """

    settings: Settings
    num_batches: int
    languages: tuple[Language, ...]
    folder: Path
    train_directory: Path


def load_job(
    path: Path,
    *,
    num_batches: int = 1000,
    seed: int | None = None,
    overrides: Mapping[str, str] | None = None,
    special_tokens: str | None = None,
    eos_token: str | None = None,
    notify: Callable[[str], None],
) -> Job:
    """Read, check and complete a config.

    Args:
        path: The training's config file (JSON).
        num_batches: Batches to draw.
        seed: Takes the place of the config's and of an override.
        overrides: Settings to put over the file's; each value is JSON, or else a string as it is.
        special_tokens: See `tokenizer.load_reference`.
        eos_token: The same.
        notify: Called with one line for each thing that was passed over.

    Raises:
        ConfigError: Something typed is unusable; all bad fields are in the one message.
        CorpusError: A language has no data.
    """
    config = check_config(path, num_batches=num_batches, seed=seed, overrides=overrides, notify=notify)
    _require_data(config)
    config = leave_out_english(config, notify)
    return make_job(config, packing_reference(config, special_tokens, eos_token))


def check_config(
    path: Path,
    *,
    num_batches: int,
    seed: int | None,
    overrides: Mapping[str, str] | None,
    notify: Callable[[str], None],
) -> CheckedConfig:
    """Read and check a config by itself; arguments as in `load_job`.

    Raises:
        ConfigError: Something typed is unusable; all bad fields are in the one message.
    """
    values = read_config(path)
    for key in unknown_keys(values):
        notify(f"{path}: key {key!r} is unknown and ignored{did_you_mean(key)}")
    folder = path.absolute().parent
    typed = typed_values(overrides or {}, seed)
    flags = {key: f"--set {key}" for key in typed} | ({} if seed is None else {"seed": "--seed"})
    flaws = _option_problems(typed, num_batches)
    values |= typed
    settings = _settings(values, flags, flaws)
    languages = _languages(values.get("langs"), folder, notify, flaws)
    if settings is None or flaws:
        raise ConfigError(f"{path}: {'; '.join(flaws)}")
    directory = find_folder(settings.train_directory, folder) or Path.cwd() / settings.train_directory
    return CheckedConfig(
        settings=settings, num_batches=num_batches, languages=languages, folder=folder, train_directory=directory
    )


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
        return ()  # _settings has said so
    try:
        return load_languages(langs, config_folder=folder, notify=notify)
    except ConfigError as error:
        flaws.append(str(error))
        return ()


def _require_data(config: CheckedConfig) -> None:
    """Raises CorpusError where a language has no data; only `en` may be without."""
    directory = config.train_directory
    missing = [
        language.name
        for language in config.languages
        if language.name != _ENGLISH and find_source(directory, language.name) is None
    ]
    if missing:
        raise CorpusError(no_data(directory, missing))


def leave_out_english(config: CheckedConfig, notify: Callable[[str], None]) -> CheckedConfig:
    """Without `en` where it has no data: the training reads it from elsewhere.

    Raises:
        ConfigError: No other language is left.
        CorpusError: The folder of the data cannot be looked into.
    """
    directory = config.train_directory
    others = tuple(language for language in config.languages if language.name != _ENGLISH)
    if len(others) == len(config.languages) or find_source(directory, _ENGLISH) is not None:
        return config
    notify(f"language 'en' is left out: {directory / 'en.parquet'} does not exist")
    if not others:
        raise ConfigError(f"{NO_LANGUAGES} langs names only 'en', which has no data in {directory}; name another")
    return replace(config, languages=others)


def packing_reference(config: CheckedConfig, special_tokens: str | None, eos_token: str | None) -> Reference:
    """What is taken from the reference tokenizer; arguments as in `load_job`.

    Raises:
        ConfigError: It cannot be loaded, or has no eos token where one is needed.
    """
    settings = config.settings
    reference = load_reference(
        settings.tokenizer,
        settings.revision,
        special_tokens=special_tokens,
        eos_token=eos_token,
        config_folder=config.folder,
    )
    if settings.do_sequence_packing and not reference.eos_token:
        raise ConfigError(
            f"reference tokenizer {settings.tokenizer!r} has no eos token to put between packed rows; "
            'pass one with --eos-token "</s>", or switch packing off with --set do_sequence_packing=false'
        )
    return reference


def make_job(config: CheckedConfig, reference: Reference) -> Job:
    """The run, all of whose languages have data."""
    settings = config.settings
    return Job(
        num_batches=config.num_batches,
        seed=settings.seed,
        languages=config.languages,
        train_directory=config.train_directory,
        reference=reference,
        texts=settings.text_rule(reference.eos_token or ""),
        pools=settings.n_pools,
        pool_size=settings.pool_size(),
        vocabulary=settings.vocabulary_law(),
    )
