import pytest

from tokstats_parallel.system.wording import counted


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "batch", "1 batch"),
        (0, "batch", "0 batches"),
        (1_000, "batch", "1,000 batches"),
        (1, "shard", "1 shard"),
        (17, "sampled token", "17 sampled tokens"),
    ],
)
def test_a_noun_stands_in_the_number_of_what_is_counted(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words
