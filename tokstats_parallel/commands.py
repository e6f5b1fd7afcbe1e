"""The commands and their options: words of a command line -> plain arguments -> the work.

The parser is known in this file only. A command's own module is imported when the command runs, since `--help` must
not wait for it.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError, UnusedCliTokensError

from tokstats_parallel import __version__
from tokstats_parallel.errors import ConfigError

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_WORD = re.compile(r"\w[\w-]*")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def _whole_number(_type: type, words: Sequence[Any]) -> int:
    """The number as it is written: the parser itself would make 3 of 2.7."""
    word = words[0].value
    if not _WHOLE_NUMBER.fullmatch(word):
        raise ValueError(f"{word!r} is not a whole number")
    return int(word)


PLAIN = Parameter(negative=(), show_default=False)  # the parser would offer --no-quiet, which says nothing
WHOLE = Parameter(converter=_whole_number)


@dataclass(frozen=True, kw_only=True)
class CollectOptions:
    """The options of `collect`.

    Attributes:
        num_batches: Batches to draw.
        output_file: File for the counts; a Parquet file and a manifest are written beside it.
        workers: Number of worker processes, or auto: what CPUs and memory allow. Never changes the result.
        seed: Seed in place of the config's.
        assignments: Setting in place of the config's, such as n_pools=2; may be given several times.
        special_tokens: Special tokens in place of the reference tokenizer's, separated by commas.
        eos_token: End-of-text token in place of the reference tokenizer's.
        cache_dir: Folder for converted corpora, in place of the user's cache.
        no_cache: Hold the corpora in memory; for small ones.
        quiet: Print nothing but errors.
        json: Print the summary as one JSON object, also with --quiet.
        no_progress: Print notices, but no progress.
    """

    num_batches: Annotated[int, WHOLE] = 1000
    output_file: Path = Path("token_frequencies.json")
    workers: str = "auto"
    seed: Annotated[int | None, WHOLE, Parameter(show_default=False)] = None
    assignments: Annotated[tuple[str, ...], PLAIN, Parameter(name="--set")] = ()
    special_tokens: Annotated[str | None, PLAIN] = None
    eos_token: Annotated[str | None, PLAIN] = None
    cache_dir: Annotated[Path | None, PLAIN] = None
    no_cache: Annotated[bool, PLAIN] = False
    quiet: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False
    no_progress: Annotated[bool, PLAIN] = False


_Options = Annotated[CollectOptions, Parameter(name="*")]
_DEFAULTS = CollectOptions()


def collect(config: Path, /, *, options: _Options = _DEFAULTS) -> int:
    """Collect token frequencies: draw batches, and count which tokens their vocabularies hold.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.collect_command import CollectRequest, run_collect  # noqa: PLC0415 - see the module

    return run_collect(CollectRequest(config=config, **asdict(options)))


def collect_by_default(config: Path, /, *, options: _Options = _DEFAULTS) -> int:
    """Collect token frequencies, as `tokstats collect CONFIG` does.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    _check_command(str(config))
    return collect(config, options=options)


def cache_list(*, cache_dir: Annotated[Path | None, PLAIN] = None) -> int:
    """List the converted corpora: language, rows, size, date, state, source.

    Args:
        cache_dir: Folder for converted corpora, in place of the user's cache.
    """
    from tokstats_parallel.cache_command import run_list  # noqa: PLC0415 - see the module

    return run_list(cache_dir)


def cache_clear(*, cache_dir: Annotated[Path | None, PLAIN] = None) -> int:
    """Remove the converted corpora; runs that need them make them again.

    Args:
        cache_dir: Folder for converted corpora, in place of the user's cache.
    """
    from tokstats_parallel.cache_command import run_clear  # noqa: PLC0415 - see the module

    return run_clear(cache_dir)


def _make_app() -> App:
    app = App(
        name="tokstats",
        help="Which tokens does ZeTT's tokenizer sampling draw, how often, and in which languages.",
        help_epilogue=(
            "`tokstats CONFIG` is short for `tokstats collect CONFIG`. Options may be spelled with underscores. "
            "Exit codes: 0 done, 1 failed, 2 wrong usage or config, 3 incomplete, 130 interrupted."
        ),
        version=__version__,
        version_flags="--version",
        default_command=collect_by_default,
        suppress_keyboard_interrupt=False,  # the exit code depends on the signal
    )
    app.command(collect)
    cache = App(name="cache", help="List or clear the cache of converted corpora.", help_epilogue="")
    cache.command(cache_list, name="list")
    cache.command(cache_clear, name="clear")
    app.command(cache)
    app.command(
        "tokstats_parallel.prepare.command:prepare_command",
        name="prepare",
        help="Make corpora from the hub, files, or source folders.",
    )
    app.command(
        "tokstats_parallel.validate.command:validate_command",
        name=["validate", "doctor"],
        help="Check everything that a run needs, and estimate what it will take.",
    )
    return app


APP = _make_app()


def dispatch(words: Sequence[str]) -> int:
    """Runs the command that the words of a command line ask for.

    Returns:
        The exit code.

    Raises:
        ConfigError: The words make no sense.
        TokstatsError: The command failed.
    """
    if words:
        _check_command(words[0])
    try:
        code = APP(
            _spread_assignments(words),
            exit_on_error=False,
            print_error=False,
            verbose=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        raise ConfigError(_usage_problem(error)) from error
    return int(code or 0)


def _check_command(word: str) -> None:
    """Raises ConfigError where the word can only be a command, and is none."""
    commands = [name for name in APP if not name.startswith("-")]
    if word in commands or not _WORD.fullmatch(word) or Path(word).exists():
        return
    near = difflib.get_close_matches(word, commands, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "`tokstats --help` lists the commands"
    raise ConfigError(f"no such command or file: {word!r}; {remedy}")


def _spread_assignments(words: Sequence[str]) -> list[str]:
    """`--set a=1 b=2` as `--set a=1 --set b=2`."""
    spread: list[str] = []
    for before, word in pairwise(["", *words]):
        following = spread[-2:-1] == ["--set"] and _ASSIGNMENT.match(before)
        if following and _ASSIGNMENT.match(word):
            spread.append("--set")
        spread.append(word)
    return spread


def _usage_problem(error: CycloptsError) -> str:
    """The parser's complaint in one line, with a way on."""
    if isinstance(error, UnusedCliTokensError):
        problem = f"unexpected argument: {' '.join(error.unused_tokens or ())}"
    else:
        problem = " ".join(str(error).split()).removesuffix(".")
    return problem if "Did you mean" in problem else f"{problem}; `tokstats --help` shows how it is used"
