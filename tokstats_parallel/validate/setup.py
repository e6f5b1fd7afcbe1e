"""Checks that need no corpus: program, config, languages, reference tokenizer."""

from importlib.metadata import PackageNotFoundError, version

from tokstats_parallel import _native
from tokstats_parallel.config.check import CheckedConfig, check_config, defaults_note
from tokstats_parallel.config.load import leave_out_english, packing_reference
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.errors import ConfigError, TokstatsError
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.system.wording import counted
from tokstats_parallel.validate.check import Check, failed, failed_by, ok, split_remedy, warning

_MAX_SHOWN_TOKENS = 12


def check_program() -> Check:
    """Checks that the native module has the version of the package."""
    name = "native module"
    detail = (
        f"version {_native.VERSION}, sampling version {_native.SAMPLING_VERSION}, Unicode {_native.UNICODE_VERSION}"
    )
    try:
        installed = version("tokstats-parallel")
    except PackageNotFoundError:  # the program is not installed, but run from a checkout
        return ok(name, detail)
    if installed != _native.VERSION:
        return warning(name, f"{detail}; the package is version {installed}", "install the package again")
    return ok(name, detail)


def check_settings(request: JobRequest) -> tuple[list[Check], CheckedConfig | None]:
    """Checks the config and the values that replace values of the config.

    Returns:
        One failed check with all bad fields, or a check without a fault and a warning for each ignored key; and the
        config, without the language `en` if `en` has no data. The config is None if it cannot be used.
    """
    notices: list[str] = []
    try:
        config = _read_config(request, notices)
    except ConfigError as error:
        return [failed("config", str(error), "correct what is named")], None
    except TokstatsError as error:  # the folder of the data, or the config for now, cannot be read
        return [failed_by("config", error)], None
    settings = config.settings
    texts, span = settings.pool_size().texts, settings.text_rule("").span
    pool = f"pools of {texts:,} texts of up to {span:,} characters"
    detail = f"{request.config}: {config.num_batches:,} batches, seed {settings.seed}, {pool}"
    if config.facts.defaults:
        detail += f"; {defaults_note(config.facts.defaults)}"
    notes = [warning("config", notice, "correct it if it is not meant") for notice in notices]
    return [ok("config", detail), *notes], config


def check_languages(config: CheckedConfig) -> Check:
    """Returns a check without a fault that lists the languages' shares of the batches, or of a mixed pool's texts."""
    total = sum(language.weight for language in config.languages)
    pooling, batches, origin = config.settings.pooling(), config.num_batches, config.facts.weights
    pools = counted(config.settings.n_pools, "pool")
    if pooling is Pooling.MIXED:
        shares = [f"{one.name} {one.weight / total:.1%} (weight {one.weight:g})" for one in config.languages]
        return ok("languages", f"mixed in {pools}: texts of {', '.join(shares)}; weights {origin}")
    shares = [
        f"{one.name} {one.weight / total:.1%} (weight {one.weight:g}, "
        f"about {batches * one.weight / total:,.0f} batches)"
        for one in config.languages
    ]
    shared = f"{pools} for batches of all: " if pooling is Pooling.SHARED else ""
    return ok("languages", f"{shared}{', '.join(shares)}; weights {origin}")


def check_tokenizer(config: CheckedConfig) -> tuple[Check, Reference | None]:
    """Checks that the reference tokenizer can be loaded; warns if it has no eos token to put between packed rows."""
    name = "tokenizer"
    notices: list[str] = []
    try:
        reference = packing_reference(config, notices.append)
    except TokstatsError as error:
        return failed_by(name, error), None
    shown = [
        repr(token) if number is None else f"{token!r} (id {number})"
        for token, number in reference.special_tokens[:_MAX_SHOWN_TOKENS]
    ]
    more = len(reference.special_tokens) - len(shown)
    listed = ", ".join(shown) + (f" and {more} more" if more else "")
    tokens = f"special tokens: {listed or 'none'}"
    for notice in notices:
        detail, remedy = split_remedy(notice)
        return warning(name, f"{tokens}; {detail}", remedy), reference
    eos = "no eos" if reference.eos_token is None else f"eos {reference.eos_token!r}"
    return ok(name, f"{eos}, {tokens}"), reference


def _read_config(request: JobRequest, notices: list[str]) -> CheckedConfig:
    return leave_out_english(check_config(request, notify=notices.append), notices.append)
