"""`tokstats show`: tells all that a result knows about single tokens."""

from collections.abc import Sequence
from pathlib import Path

from tokstats_parallel.answers.show import show_tokens
from tokstats_parallel.answers.typed_token import hex_reading, readings_of
from tokstats_parallel.commands.answer_options import ShowOptions
from tokstats_parallel.commands.answer_output import check_output, write_answer
from tokstats_parallel.display.show_text import print_shown
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.token_stats import TokenStats


def run_show(path: Path, tokens: Sequence[str], options: ShowOptions) -> int:
    """Writes counts, ranks and neighbours of tokens, and the reasons for counts of zero; returns the exit code.

    Raises:
        TokstatsError: The result or an option cannot be used, or the output cannot be written.
    """
    words = [*map(readings_of, tokens), *([hex_reading(typed)] for typed in options.hex)]
    if not words:
        raise ConfigError("name a token, such as ' return', or give its bytes, such as --hex 20")
    result = TokenStats.load(path)
    check_output(options, result.paths)
    shown = show_tokens(result, words)
    write_answer(shown, options, lambda console: print_shown(shown, console))
    return 0
