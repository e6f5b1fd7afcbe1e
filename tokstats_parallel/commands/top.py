"""`tokstats top`: lists the most frequent tokens of a result."""

import json
from pathlib import Path

from tokstats_parallel.answers.top import TopTokens, top_tokens
from tokstats_parallel.commands.answer_options import TopOptions
from tokstats_parallel.commands.answer_output import answer_format, check_output, write_answer, write_text
from tokstats_parallel.display.console import stderr_console
from tokstats_parallel.display.top_text import print_top
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.token_stats import TokenStats


def run_top(path: Path, options: TopOptions) -> int:
    """Writes the most frequent tokens of a result; returns the exit code.

    Raises:
        TokstatsError: The result or an option cannot be used, or the output cannot be written.
    """
    if options.most < 1:
        raise ConfigError(f"--number must be at least 1 (found {options.most})")
    result = TokenStats.load(path)
    check_output(options, result.paths)
    top = top_tokens(result, options.most, language=options.language, kind=options.kind, sampled=options.sampled)
    form = answer_format(options)
    if form == "txt":
        write_text("".join(f"{line}\n" for line in _lines(top)), options)
    elif form == "vocab.json":
        write_text(json.dumps(top.ids(), ensure_ascii=False, indent=2) + "\n", options)
    else:
        write_answer(top, options, lambda console: print_top(top, console))
    return 0


def _lines(top: TopTokens) -> list[str]:
    """Returns the tokens for a file of lines, without those that would be several lines, such as a special token."""
    tokens = [one.token for one in top.tokens]
    lines = [token for token in tokens if len(token.splitlines()) <= 1 and not token.endswith(("\n", "\r"))]
    if len(lines) < len(tokens):
        stderr_console().notice(
            f"{len(tokens) - len(lines)} tokens have line breaks and are left out; take --format csv"
        )
    return lines
