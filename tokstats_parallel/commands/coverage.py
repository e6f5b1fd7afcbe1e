"""`tokstats coverage`: how the vocabularies of a run cover the pieces of existing tokenizers."""

from collections.abc import Sequence
from pathlib import Path

from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.answers.pieces_in_result import coverage_of
from tokstats_parallel.commands.answer_options import AnswerOptions
from tokstats_parallel.commands.answer_output import check_output, write_answer
from tokstats_parallel.display.coverage_text import print_coverage
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.token_stats import TokenStats


def run_coverage(result: Path, tokenizers: Sequence[str], options: AnswerOptions) -> int:
    """Compares the pieces of tokenizers with a result, and writes the answer.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The result or a tokenizer cannot be read, or the answer cannot be written.
    """
    if not tokenizers:
        raise ConfigError("name a tokenizer: its name on the hub, its folder, or a file such as tokenizer.json")
    check_output(options, [result, *(Path(name) for name in tokenizers)])
    stats = TokenStats.load(result)
    coverage = coverage_of(stats, [find_pieces(name) for name in tokenizers])
    write_answer(coverage, options, lambda console: print_coverage(coverage, console))
    return 0
