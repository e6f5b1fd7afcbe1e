"""The checks that look at no data: program, config, languages, reference tokenizer."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tokstats_parallel import _native
from tokstats_parallel.collect_command import parse_assignments
from tokstats_parallel.config import CHARS_PER_TOKEN, Job, load_job
from tokstats_parallel.config_file import read_config, typed_values
from tokstats_parallel.corpus import find_source
from tokstats_parallel.errors import ConfigError, CorpusError
from tokstats_parallel.languages import Language, load_languages
from tokstats_parallel.lookup import find_folder
from tokstats_parallel.settings import Settings
from tokstats_parallel.tokenizer import Reference, load_reference
from tokstats_parallel.validate.check import Check, failed, failed_by, ok, warning
from tokstats_parallel.validate.request import ValidateRequest

_ANY = "<any>"  # in the place of the tokenizer's tokens, which have a check of their own
_SHOWN_TOKENS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A config that is sound in itself.

    Attributes:
        settings: Its keys.
        languages: Those that batches are drawn from; `en` only where it has data.
        train_directory: Where their data should be; absolute.
        job: The run, but for the reference tokenizer; None where a language has no data.
    """

    settings: Settings
    languages: tuple[Language, ...]
    train_directory: Path
    job: Job | None

    @property
    def span(self) -> int:
        """Characters of a text."""
        return self.settings.block_size * CHARS_PER_TOKEN

    @property
    def pool_texts(self) -> int:
        """Texts in a pool."""
        batch = self.settings.train_batch_size
        return -(-self.settings.tokenizer_batch_size // batch) * batch


def check_program() -> Check:
    """The native module, and whether it is the one that the package was installed with."""
    name = "native module"
    detail = (
        f"version {_native.VERSION}, sampling version {_native.SAMPLING_VERSION}, Unicode {_native.UNICODE_VERSION}"
    )
    try:
        installed = version("tokstats-parallel")
    except PackageNotFoundError:  # run from its sources
        return ok(name, detail)
    if installed != _native.VERSION:
        return warning(name, f"{detail}; the package is version {installed}", "install the package again")
    return ok(name, detail)


def check_config(request: ValidateRequest) -> tuple[list[Check], Setup | None]:
    """The config with the options over it: all bad fields in one failure, what is passed over as warnings."""
    notices: list[str] = []
    try:
        setup = _setup(request, notices)
    except ConfigError as error:
        return [failed("config", str(error), "correct what is named")], None
    except CorpusError as error:  # the folder of the data cannot be looked into
        return [failed_by("config", error)], None
    detail = f"{request.config}: {request.num_batches:,} batches, seed {setup.settings.seed}, {_pool(setup)}"
    notes = [warning("config", notice, "correct it if it is not meant") for notice in notices]
    return [ok("config", detail), *notes], setup


def check_languages(setup: Setup, num_batches: int) -> Check:
    """The languages with their shares of the batches."""
    total = sum(language.weight for language in setup.languages)
    shares = [
        f"{language.name} {language.weight / total:.1%} (weight {language.weight:g}, "
        f"about {num_batches * language.weight / total:,.0f} batches)"
        for language in setup.languages
    ]
    return ok("languages", ", ".join(shares))


def check_tokenizer(request: ValidateRequest, settings: Settings) -> tuple[Check, Reference | None]:
    """The reference tokenizer: whether it loads, and has an eos token where one is needed."""
    name = "tokenizer"
    try:
        reference = load_reference(
            settings.tokenizer,
            settings.revision,
            special_tokens=request.special_tokens,
            eos_token=request.eos_token,
            config_folder=request.config_folder,
        )
    except ConfigError as error:
        return failed_by(name, error), None
    if settings.do_sequence_packing and not reference.eos_token:
        remedy = 'pass one with --eos-token "</s>", or give --set do_sequence_packing=false'
        return failed(name, f"{settings.tokenizer!r} has no eos token to put between packed rows", remedy), None
    shown = [
        repr(token) if number is None else f"{token!r} (id {number})"
        for token, number in reference.special_tokens[:_SHOWN_TOKENS]
    ]
    more = len(reference.special_tokens) - len(shown)
    listed = ", ".join(shown) + (f" and {more} more" if more else "")
    return ok(name, f"eos {reference.eos_token!r}, special tokens: {listed or 'none'}"), reference


def _setup(request: ValidateRequest, notices: list[str]) -> Setup:
    overrides = parse_assignments(request.assignments)
    try:
        job = load_job(
            request.config,
            num_batches=request.num_batches,
            seed=request.seed,
            overrides=overrides,
            special_tokens=_ANY,
            eos_token=_ANY,
            notify=notices.append,
        )
    except CorpusError:  # a language has no data, which its own check says; the config is sound
        job = None
    values = read_config(request.config) | typed_values(overrides, request.seed)
    settings = Settings.model_validate(values)
    folder = request.config_folder
    directory = find_folder(settings.train_directory, folder) or Path.cwd() / settings.train_directory
    languages = load_languages(settings.langs, config_folder=folder, notify=lambda _: None)
    drawn = tuple(entry for entry in languages if entry.name != "en" or find_source(directory, "en"))
    return Setup(settings=settings, languages=drawn, train_directory=directory, job=job)


def _pool(setup: Setup) -> str:
    return f"pools of {setup.pool_texts:,} texts of up to {setup.span:,} characters"
