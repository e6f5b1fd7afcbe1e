"""Parser of the command line: calls the function of the command, or shows the help.

Only this module, `parameters`, `prepare` and the modules of options import the library that parses (cyclopts). The
module of a command is imported when the command runs, because `--help` must not wait for the import. The docstrings of
commands and options are the help texts.
"""

import difflib
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError, UnusedCliTokensError

from tokstats_parallel import __version__
from tokstats_parallel.commands.answer_options import (
    AnswerOptions,
    CompareOptions,
    DistributionOptions,
    ShowOptions,
    TopOptions,
)
from tokstats_parallel.commands.options import CollectOptions, SimulateOptions, ValidateOptions, VocabularyOptions
from tokstats_parallel.commands.parameters import PLAIN
from tokstats_parallel.commands.report_options import ReportOptions
from tokstats_parallel.commands.task_options import MergeOptions, PlanOptions, StatusOptions, WorkOptions
from tokstats_parallel.display.console import stdout_console
from tokstats_parallel.errors import ConfigError

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_BEHIND_DASHES = re.compile(r"Unknown option: (\S+)\. Did you mean \1\?")
_OPTION = re.compile(r"-\w|--[^=]+")
_WORD = re.compile(r"\w[\w-]*")


_FLAT = Parameter(name="*")  # --quiet, not --options.quiet
_Collect = Annotated[CollectOptions, _FLAT]
_Validate = Annotated[ValidateOptions, _FLAT]
_COLLECT_DEFAULTS = CollectOptions()
_VALIDATE_DEFAULTS = ValidateOptions()
_SIMULATE_DEFAULTS = SimulateOptions()
_ANSWER_DEFAULTS = AnswerOptions()
_TOP_DEFAULTS = TopOptions()
_SHOW_DEFAULTS = ShowOptions()
_DISTRIBUTION_DEFAULTS = DistributionOptions()
_COMPARE_DEFAULTS = CompareOptions()
_REPORT_DEFAULTS = ReportOptions()
_WORK_DEFAULTS = WorkOptions()
_STATUS_DEFAULTS = StatusOptions()
_MERGE_DEFAULTS = MergeOptions()


def collect(config: Path, /, *, options: _Collect = _COLLECT_DEFAULTS) -> int:
    """Collect token frequencies: draw batches, and count which tokens their vocabularies hold.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.commands.collect import run_collect  # noqa: PLC0415 - see the top of this file

    return run_collect(config, options)


def collect_by_default(config: Path, /, *, options: _Collect = _COLLECT_DEFAULTS) -> int:
    """Collect token frequencies, as `tokstats collect CONFIG` does.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    _check_command(str(config))
    return collect(config, options=options)


def validate(config: Path, /, *, options: _Validate = _VALIDATE_DEFAULTS) -> int:
    """Check everything that a run needs, and estimate what it will take.

    Give it the options of the run. Exit code 1 says that a check failed.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.commands.validate import run_validate  # noqa: PLC0415 - see the top of this file

    return run_validate(config, options)


def simulate(config: Path, /, *, options: Annotated[SimulateOptions, _FLAT] = _SIMULATE_DEFAULTS) -> int:
    """Tell how long a run takes by other numbers of workers, on machines like this one.

    A few draws are timed; the shards and their order are those that the run would have.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.commands.simulate import run_simulate  # noqa: PLC0415 - see the top of this file

    return run_simulate(config, options)


def vocabulary(config: Path, /, *, options: Annotated[VocabularyOptions, _FLAT]) -> int:
    """Write the tokenizer of a batch, as the training would have built it, for AutoTokenizer.from_pretrained.

    No run is needed: only the pool of the batch is filled.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.commands.vocabulary import run_vocabulary  # noqa: PLC0415 - see the top of this file

    return run_vocabulary(config, options)


def coverage(
    result: Path,
    /,
    *tokenizers: Annotated[str, Parameter(name="TOKENIZER")],
    options: Annotated[AnswerOptions, _FLAT] = _ANSWER_DEFAULTS,
) -> int:
    """Compare existing tokenizers with a result: which of their pieces are ever sampled, how often, and why not.

    Args:
        result: JSON, Parquet or manifest of the result, or its folder.
        tokenizers: Name on the hub, folder, tokenizer.json, SentencePiece model, tiktoken file; or several.
        options: See there.
    """
    from tokstats_parallel.commands.coverage import run_coverage  # noqa: PLC0415 - see the top of this file

    return run_coverage(result, tokenizers, options)


def top(result: Path, /, *, options: Annotated[TopOptions, _FLAT] = _TOP_DEFAULTS) -> int:
    """List the most frequent tokens of a result.

    Args:
        result: JSON, Parquet, manifest or folder of a result.
        options: See there.
    """
    from tokstats_parallel.commands.top import run_top  # noqa: PLC0415 - see the top of this file

    return run_top(result, options)


def show(result: Path, /, *tokens: str, options: Annotated[ShowOptions, _FLAT] = _SHOW_DEFAULTS) -> int:
    r"""Tell all about tokens of a result: counts, shares, ranks, neighbours, and why a count is zero.

    A token may be typed as text (' return', or '\n    ' with escapes), in its mapped form (Ġreturn), or as its
    readable text (␣return).

    Args:
        result: JSON, Parquet, manifest or folder of a result.
        tokens: Tokens; where a word can be read in several ways, those that the result has are shown.
        options: See there.
    """
    from tokstats_parallel.commands.show import run_show  # noqa: PLC0415 - see the top of this file

    return run_show(result, tokens, options)


def distribution(result: Path, /, *, options: Annotated[DistributionOptions, _FLAT] = _DISTRIBUTION_DEFAULTS) -> int:
    """Tell how the counts of a result are distributed: certain, stable and rare tokens, by length, kind and language.

    Args:
        result: JSON, Parquet, manifest or folder of a result.
        options: See there.
    """
    from tokstats_parallel.commands.distribution import run_distribution  # noqa: PLC0415 - see the top of this file

    return run_distribution(result, options)


def compare(a: Path, b: Path | None = None, /, *, options: Annotated[CompareOptions, _FLAT] = _COMPARE_DEFAULTS) -> int:
    """Compare two results, or two languages of one: typical tokens, overlap, and what differs by more than chance.

    Args:
        a: JSON, Parquet, manifest or folder of a result.
        b: The same of another result; left out for two languages of one result, and for --matrix.
        options: See there.
    """
    from tokstats_parallel.commands.compare import run_compare  # noqa: PLC0415 - see the top of this file

    return run_compare(a, b, options)


def report(
    result: Path,
    other: Annotated[Path | None, Parameter(name="RESULT_B")] = None,
    /,
    *,
    options: Annotated[ReportOptions, _FLAT] = _REPORT_DEFAULTS,
) -> int:
    """Write one page about a result, or about two, that any browser shows: charts, tables, a search for tokens.

    The file needs no other, loads nothing, and has at most 300 kB.

    Args:
        result: JSON, Parquet, manifest or folder of a result.
        other: The same of another result, with which the page compares the first one.
        options: See there.
    """
    from tokstats_parallel.commands.report import run_report  # noqa: PLC0415 - see the top of this file

    return run_report(result, other, options)


def plan(config: Path, /, *, options: Annotated[PlanOptions, _FLAT]) -> int:
    """Cut a run into tasks that run on other machines, and print the lines that start them.

    The work folder must lie on a disk that all machines share. The tasks need neither the config nor the hub.

    Args:
        config: The training's config file (JSON).
        options: See there.
    """
    from tokstats_parallel.commands.plan import run_plan  # noqa: PLC0415 - see the top of this file

    return run_plan(config, options)


def work(work_dir: Path, /, *, options: Annotated[WorkOptions, _FLAT] = _WORK_DEFAULTS) -> int:
    """Run one task of a plan on this machine.

    Finished shards are skipped, so a task may be started again at any time. Exit code 3 says that the task is not
    finished: SIGTERM or SIGUSR1 ended it, or another process is at work on it.

    Args:
        work_dir: Work folder of the plan.
        options: See there.
    """
    from tokstats_parallel.commands.work import run_work  # noqa: PLC0415 - see the top of this file

    return run_work(work_dir, options)


def status(work_dir: Path, /, *, options: Annotated[StatusOptions, _FLAT] = _STATUS_DEFAULTS) -> int:
    """Tell how far the tasks of a plan are. Exit code 3 says that shards are missing.

    Args:
        work_dir: Work folder of the plan.
        options: See there.
    """
    from tokstats_parallel.commands.status import run_status  # noqa: PLC0415 - see the top of this file

    return run_status(work_dir, options)


def merge(work_dir: Path, /, *, options: Annotated[MergeOptions, _FLAT] = _MERGE_DEFAULTS) -> int:
    """Write the result of a plan whose tasks are all done, with the bytes that one machine writes.

    The work folder stays. Exit code 3 says that tasks are missing.

    Args:
        work_dir: Work folder of the plan.
        options: See there.
    """
    from tokstats_parallel.commands.merge import run_merge  # noqa: PLC0415 - see the top of this file

    return run_merge(work_dir, options)


def cache_list(*, cache_dir: Annotated[Path | None, PLAIN] = None) -> int:
    """List the converted corpora: language, rows, size, date, state, source.

    Args:
        cache_dir: Folder for converted corpora, in place of the user's cache.
    """
    from tokstats_parallel.commands.cache import run_list  # noqa: PLC0415 - see the top of this file

    return run_list(cache_dir)


def cache_clear(*, cache_dir: Annotated[Path | None, PLAIN] = None) -> int:
    """Remove the converted corpora; runs that need them make them again.

    Args:
        cache_dir: Folder for converted corpora, in place of the user's cache.
    """
    from tokstats_parallel.commands.cache import run_clear  # noqa: PLC0415 - see the top of this file

    return run_clear(cache_dir)


def _make_app() -> App:
    app = App(
        name="tokstats",
        help="Which tokens does ZeTT's tokenizer sampling draw, how often, and in which languages.",
        help_epilogue=(
            "`tokstats CONFIG` is short for `tokstats collect CONFIG`. Options may be spelled with underscores. "
            "Exit codes: 0 done, 1 failed, 2 wrong usage or config, 3 incomplete, 130 or 143 interrupted."
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
        "tokstats_parallel.commands.prepare:prepare_command",
        name="prepare",
        help="Make corpora from the hub, files, or source folders.",
    )
    app.command(validate, name=["validate", "doctor"])
    app.command(plan)
    app.command(work)
    app.command(status)
    app.command(merge)
    app.command(simulate)
    app.command(vocabulary)
    app.command(top)
    app.command(show, usage="Usage: tokstats show [OPTIONS] RESULT [TOKENS...]")
    app.command(distribution)
    app.command(coverage, usage="Usage: tokstats coverage [OPTIONS] RESULT TOKENIZER...")
    app.command(
        compare,
        usage="Usage: tokstats compare [OPTIONS] A [B]",
        help_epilogue=(
            "Options may be spelled with underscores. "
            "Exit codes: 0 all counts are equal, 1 they differ, 2 trouble, 130 or 143 interrupted."
        ),
    )
    app.command(report, usage="Usage: tokstats report [OPTIONS] RESULT [RESULT_B]")
    return app


APP = _make_app()


def dispatch(words: Sequence[str]) -> int:
    """Parses a command line, and runs its command.

    Args:
        words: Words of the command line, without the program's name.

    Returns:
        The exit code.

    Raises:
        ConfigError: The words are not a valid command line.
        TokstatsError: The command failed.
    """
    if words:
        _check_command(words[0])
    try:
        code = APP(
            _spread_assignments(_join_dashes(words)),
            console=stdout_console(),
            exit_on_error=False,
            print_error=False,
            verbose=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        raise ConfigError(_usage_message(error)) from error
    return int(code or 0)


def _check_command(word: str) -> None:
    """Raises ConfigError if `word` looks like the name of a command, but is neither a command nor an existing file."""
    commands = [name for name in APP if not name.startswith("-")]
    if word in commands or not _WORD.fullmatch(word) or Path(word).exists():
        return
    near = difflib.get_close_matches(word, commands, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "`tokstats --help` lists the commands"
    raise ConfigError(f"no such command or file: {word!r}; {remedy}")


def _join_dashes(words: Sequence[str]) -> list[str]:
    """Rewrites `--output-file -` as `--output-file=-`, and `-o -` as `-o=-`.

    The parser takes a lone dash for an option without a name.
    """
    joined: list[str] = []
    for word in words:
        if word == "-" and joined and _OPTION.fullmatch(joined[-1]):
            joined[-1] += "=-"
        else:
            joined.append(word)
    return joined


def _spread_assignments(words: Sequence[str]) -> list[str]:
    """Rewrites `--set a=1 b=2` as `--set a=1 --set b=2`."""
    spread: list[str] = []
    for before, word in pairwise(["", *words]):
        following = spread[-2:-1] == ["--set"] and _ASSIGNMENT.match(before)
        if following and _ASSIGNMENT.match(word):
            spread.append("--set")
        spread.append(word)
    return spread


def _usage_message(error: CycloptsError) -> str:
    """Returns the message of a parser's error in one line, with a remedy."""
    if isinstance(error, UnusedCliTokensError):
        problem = f"unexpected argument: {' '.join(error.unused_tokens or ())}"
    else:
        problem = " ".join(str(error).split()).removesuffix(".")
        if behind := _BEHIND_DASHES.fullmatch(problem):
            problem = f"{behind[1]} stands behind --, where no word is an option"
    return problem if "Did you mean" in problem else f"{problem}; `tokstats --help` shows how it is used"
