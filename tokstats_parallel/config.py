"""From a config file and the options beside it to a `Job`: validated once, all bad fields named at once."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ValidationError

from tokstats_parallel import _native
from tokstats_parallel.config_file import did_you_mean, is_setting, read_config, typed_values, unknown_keys
from tokstats_parallel.corpus import find_source
from tokstats_parallel.errors import ConfigError, CorpusError
from tokstats_parallel.languages import NO_LANGUAGES, Language, load_languages
from tokstats_parallel.lookup import find_folder
from tokstats_parallel.settings import Settings, problems
from tokstats_parallel.tokenizer import Reference, load_reference

__all__ = ["Job", "Language", "Reference", "load_job"]

CHARS_PER_TOKEN = 16
MAX_BATCHES = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything a run needs to know (SPEC 2 and 3), validated; plain data that is sent to the workers.

    Attributes:
        num_batches: Batches of the run, 1 to 2**32.
        seed: 0 to 2**64 - 1.
        languages: Those with data and a weight above 0, in the config's order.
        train_directory: Where their data is; absolute.
        reference: Eos and special tokens; `eos_token` is a string where `pack` is set.
        span: Characters of a text.
        pack: Whether rows are appended to each other until a text is long enough.
        crop: Whether a text is cut at a random start instead of its beginning.
        pools: Pools of each language.
        batch_texts: Texts in a stream batch.
        window: Stream batches in a pool.
        size_mean: Mean vocabulary size, before the bounds.
        size_std: Its standard deviation.
        size_min: Smallest vocabulary size.
        size_max: Largest vocabulary size.
        noise_mean: exp of the mean of the noise level's logarithm; 0 for no noise.
        noise_std: Standard deviation of that logarithm.
    """

    num_batches: int
    seed: int
    languages: tuple[Language, ...]
    train_directory: Path
    reference: Reference
    span: int
    pack: bool
    crop: bool
    pools: int
    batch_texts: int
    window: int
    size_mean: float
    size_std: float
    size_min: int
    size_max: int
    noise_mean: float
    noise_std: float

    def digest(self) -> str:
        """Sha256, in hex, of everything that can change a draw.

        Left out: where the data is (its content has a fingerprint of its own), the number of batches (a run
        is the beginning of a longer one), the special tokens' ids, and the eos token where nothing is packed.
        """
        drawn = asdict(self)
        del drawn["num_batches"], drawn["train_directory"], drawn["reference"]
        drawn["eos_token"] = self.reference.eos_token if self.pack else None
        drawn["special_tokens"] = [token for token, _ in self.reference.special_tokens]
        drawn["sampling_version"] = _native.SAMPLING_VERSION
        canonical = json.dumps(drawn, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


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
    return _job(
        settings,
        num_batches=num_batches,
        languages=_with_data(languages, directory, notify),
        train_directory=directory,
        reference=_packing_reference(settings, folder, special_tokens, eos_token),
    )


def _option_problems(overrides: Iterable[str], num_batches: int) -> list[str]:
    flaws = [
        f"--set {key}: not a setting of the sampling{did_you_mean(key, settings_only=True)}"
        for key in overrides
        if not is_setting(key)
    ]
    if not 1 <= num_batches <= MAX_BATCHES:
        flaws.append(f"--num-batches must be from 1 to {MAX_BATCHES} (found {num_batches})")
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


def _with_data(languages: tuple[Language, ...], directory: Path, notify: Callable[[str], None]) -> tuple[Language, ...]:
    """The languages that have data; only `en`, which the training reads from elsewhere, may be without."""
    without = {language.name for language in languages if find_source(directory, language.name) is None}
    missing = [language.name for language in languages if language.name in without - {"en"}]
    if missing:
        files = ", ".join(str(directory / f"{name}.parquet") for name in missing)
        raise CorpusError(
            f"{files}: no such data; make it with "
            f"`tokstats prepare --include-langs {' '.join(missing)} --out-train-dir {directory}`"
        )
    if without:
        notify(f"language 'en' is left out: {directory / 'en.parquet'} does not exist")
    if len(without) == len(languages):
        raise ConfigError(f"{NO_LANGUAGES} langs names only 'en', which has no data in {directory}; name another")
    return tuple(language for language in languages if language.name not in without)


def _packing_reference(
    settings: Settings, folder: Path, special_tokens: str | None, eos_token: str | None
) -> Reference:
    reference = load_reference(
        settings.tokenizer,
        settings.revision,
        special_tokens=special_tokens,
        eos_token=eos_token,
        config_folder=folder,
    )
    if settings.do_sequence_packing and not reference.eos_token:
        raise ConfigError(
            f"reference tokenizer {settings.tokenizer!r} has no eos token to put between packed rows; "
            'pass one with --eos-token "</s>", or switch packing off with --set do_sequence_packing=false'
        )
    return reference


def _job(
    settings: Settings,
    *,
    num_batches: int,
    languages: tuple[Language, ...],
    train_directory: Path,
    reference: Reference,
) -> Job:
    return Job(
        num_batches=num_batches,
        seed=settings.seed,
        languages=languages,
        train_directory=train_directory,
        reference=reference,
        span=settings.block_size * CHARS_PER_TOKEN,
        pack=settings.do_sequence_packing,
        crop=settings.sample_text_span,
        pools=settings.n_pools,
        batch_texts=settings.train_batch_size,
        window=-(-settings.tokenizer_batch_size // settings.train_batch_size),
        size_mean=settings.tokenizer_sample_mean,
        size_std=settings.tokenizer_sample_std,
        size_min=settings.tokenizer_sample_min,
        size_max=settings.tokenizer_sample_max,
        noise_mean=settings.tokenizer_noise_mean,
        noise_std=settings.tokenizer_noise_std,
    )
