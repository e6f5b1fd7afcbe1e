"""The options of the Slurm engine: what is refused, and with which words."""

import pytest

from tokstats_parallel.engines.slurm.options import SlurmOptions, parse_sbatch
from tokstats_parallel.errors import ConfigError


def test_further_options_of_sbatch() -> None:
    words = ("account=lab", "--qos=long", "exclusive", "comment=a=b c")
    assert parse_sbatch(words) == (("account", "lab"), ("qos", "long"), ("exclusive", ""), ("comment", "a=b c"))


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("time=5", "give it as --time"),
        ("array=0-3", "give it as --tasks and --array-parallelism"),
        ("clusters=other", "give it as the variable SLURM_CLUSTERS"),
        ("output=/dev/null", "--output is set by the program itself; leave it out"),
        ("-p", "must be KEY=VALUE"),
        ("a b=c", "must be KEY=VALUE"),
        ("", "must be KEY=VALUE"),
    ],
)
def test_options_of_sbatch_that_have_another_name_here_or_none(word: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_sbatch((word,))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SlurmOptions(tasks=0), "--tasks 0: must be at least 1"),
        (SlurmOptions(array_parallelism=-1), "--array-parallelism -1: must be at least 1"),
        (SlurmOptions(cpus_per_task=0), "--cpus-per-task 0: must be at least 1"),
        (SlurmOptions(partition="a\nb"), "no line breaks"),
        (SlurmOptions(sbatch=(("comment", "\x1b[2J"),)), "no line breaks and no other control characters"),
    ],
)
def test_values_that_no_script_may_have(options: SlurmOptions, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        options.checked()
    assert SlurmOptions(tasks=1).checked() == SlurmOptions(tasks=1)
