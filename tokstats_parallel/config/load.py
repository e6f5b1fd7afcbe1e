"""Load: makes a validated `Job` of a request; one error message names all bad fields of the config."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tokstats_parallel.config.check import CheckedConfig, check_config
from tokstats_parallel.config.config_paths import find_file
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import FILE_SUFFIX, NO_LANGUAGES
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.tokenizer import Finish, Reference, load_finish, load_reference
from tokstats_parallel.corpus.language_files import find_source
from tokstats_parallel.corpus.missing_data import hint_at, no_data
from tokstats_parallel.errors import ConfigError, CorpusError

_ENGLISH = "en"


def load_job(request: JobRequest, *, notify: Callable[[str], None]) -> Job:
    """Makes a job: reads and checks the config, finds the data, and loads the reference tokenizer.

    Args:
        request: Path of the config file, and options that override its values.
        notify: Called with one line for each ignored key, about weights that may not be the training's, about defaults
            and `debug`, about languages that are left out, and about rows that are packed with nothing between them.

    Raises:
        ConfigError: A value is unusable; the message names all bad fields.
        CorpusError: A language has no data.
    """
    return _load(request, notify)[1]


def load_job_and_finish(request: JobRequest, *, notify: Callable[[str], None]) -> tuple[Job, Finish | None]:
    """Makes a job as `load_job` does, and loads what the tokenizers of its batches take from the reference tokenizer.

    The latter is None if the request has both the special tokens and the eos token, so that none is loaded.
    """
    config, job = _load(request, notify)
    settings = config.settings
    if settings.tokenizer is None or None not in (request.special_tokens, request.eos_token):
        return job, None
    folder = request.config.absolute().parent
    return job, load_finish(settings.tokenizer, settings.revision, config_folder=folder)


def _load(request: JobRequest, notify: Callable[[str], None]) -> tuple[CheckedConfig, Job]:
    config = check_config(request, notify=notify)
    _require_data(config)
    config = leave_out_english(config, notify)
    job = make_job(config, packing_reference(config, notify))
    for note in config.notes:  # only now, so that an error stands alone
        notify(note)
    return config, job


def _require_data(config: CheckedConfig) -> None:
    """Raises CorpusError if a language other than `en` has no data."""
    directory = config.train_directory
    missing = [
        language.name
        for language in config.languages
        if language.name != _ENGLISH and find_source(directory, language.name) is None
    ]
    if missing:
        raise CorpusError(no_data(directory, missing) + _list_hint(config, missing))


def _list_hint(config: CheckedConfig, missing: Sequence[str]) -> str:
    """Returns how to make a list of languages of the file that `langs` names, if it names one without data."""
    langs = config.settings.langs.strip()
    path = find_file(langs, config.request.config.absolute().parent) if langs in missing else None
    return f"; or rename {path} to {path.name}{FILE_SUFFIX} if it is a list of languages" if path else ""


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
        num_batches=config.num_batches,
        seed=settings.seed,
        languages=config.languages,
        train_directory=config.train_directory,
        reference=reference,
        texts=settings.text_rule(reference.eos_token or ""),
        pooling=settings.pooling(),
        pools=settings.n_pools,
        pool_size=settings.pool_size(),
        vocabulary=settings.vocabulary_law(),
        facts=config.facts,
    )
