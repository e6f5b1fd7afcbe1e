"""Passes: how many times a run goes through the rows of each corpus.

A row is read as the first row of a text, or as one that is packed behind it. The number of rows in a text is estimated
from the lengths of a few rows; the number of texts is exact.
"""

from collections.abc import Mapping, Sequence

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.corpus.corpus import Corpus
from tokstats_parallel.sampling import Pooling, PoolSize, TextRule
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.shards.streams import texts_per_language

SAMPLED_ROWS = 64
_PACKED_TEXTS = 200  # texts to pack for an estimate
_PACKED_ROWS = 20_000  # rows after which one text is enough


def sampled_lengths(corpus: Corpus) -> tuple[int, ...]:
    """Returns the lengths, in characters, of at most `SAMPLED_ROWS` rows from all over a corpus; reads no row.

    White space at the ends of a row does not count.

    Raises:
        CorpusError: The cache file has been damaged.
    """
    step = max(1, len(corpus) // SAMPLED_ROWS)
    return tuple(corpus.characters(row) for row in range(0, len(corpus), step)[:SAMPLED_ROWS])


def corpus_use(
    job: Job, rows: Mapping[str, int], lengths: Mapping[str, Sequence[int]], left_out: Mapping[str, str]
) -> CorpusUse:
    """Computes how a run uses the rows of its corpora.

    Args:
        job: Job of the run.
        rows: Language -> number of rows.
        lengths: Language -> lengths of some rows in characters.
        left_out: Language -> text about the files that are not read, if there are any.
    """
    texts = texts_per_language(job)
    passes = {
        language: texts[language] * rows_per_text(lengths[language], job.texts) / max(1, number)
        for language, number in rows.items()
    }
    pool_texts = texts_in_pool(job.languages, job.pooling, job.pool_size)
    return CorpusUse(rows=dict(rows), pool_texts=pool_texts, passes=passes, left_out=dict(left_out))


def texts_in_pool(languages: Sequence[Language], pooling: Pooling, pool_size: PoolSize) -> dict[str, int]:
    """Returns language -> number of its texts in a pool; the mean number, if languages share pools."""
    total = sum(language.weight for language in languages)
    return {
        language.name: pool_size.texts
        if pooling is Pooling.SEPARATE
        else round(pool_size.texts * language.weight / total)
        for language in languages
    }


def rows_per_text(lengths: Sequence[int], rule: TextRule) -> float:
    """Returns the mean number of rows that are read for a text, by packing rows of the given lengths again and again.

    An empty row is read, and passed over.
    """
    if not rule.pack or not any(lengths):
        return 1.0
    texts = rows = rows_of_texts = characters = 0
    while texts < _PACKED_TEXTS and not (texts and rows >= _PACKED_ROWS):
        length = lengths[rows % len(lengths)]
        rows += 1
        characters += length + len(rule.eos) if length else 0
        if characters >= rule.span:
            texts, rows_of_texts, characters = texts + 1, rows, 0
    return rows_of_texts / texts
