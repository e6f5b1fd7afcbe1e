"""`tokstats top`: lists the most frequent tokens of a result."""

import json
from pathlib import Path

from tokstats_parallel.answers.top import TopQuestion, top_names, top_tokens
from tokstats_parallel.commands.answer_options import TopOptions
from tokstats_parallel.commands.answer_output import answer_format, check_output, write_answer, write_text
from tokstats_parallel.display.console import stderr_console
from tokstats_parallel.display.top_text import print_top
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.system.wording import counted


def run_top(path: Path, options: TopOptions) -> int:
    """Writes the most frequent tokens of a result; returns the exit code.

    Raises:
        TokstatsError: The result or an option cannot be used, or the output cannot be written.
    """
    if options.most < 1:
        raise ConfigError(f"--number must be at least 1 (found {options.most})")
    result = TokenStats.load(path)
    check_output(options, result.paths)
    question = TopQuestion(most=options.most, language=options.language, kind=options.kind, sampled=options.sampled)
    form = answer_format(options)
    if form == "txt":
        write_text("".join(f"{line}\n" for line in _lines(top_names(result, question))), options)
    elif form == "vocab.json":
        ids = {token: number for number, token in enumerate(top_names(result, question))}
        write_text(json.dumps(ids, ensure_ascii=False) + "\n", options)
    else:
        top = top_tokens(result, question)
        write_answer(top, options, lambda console: print_top(top, console))
    return 0


def _lines(tokens: list[str]) -> list[str]:
    """Returns the tokens for a file of lines, without those that would be several lines, as a special token may be."""
    lines = [token for token in tokens if token.splitlines() == [token]]
    if len(lines) < len(tokens):
        missing = counted(len(tokens) - len(lines), "token")
        stderr_console().notice(f"left out because of line breaks: {missing}; take --format vocab.json or csv")
    return lines
