"""Open corpora: keeps few corpora of a worker process open at a time, however many languages a run has.

A cached corpus is an open file. The system limits the number of open files of a process to some hundreds, and opening
a file again takes less than a millisecond. A corpus that is not cached is in memory, and is never closed, because it
takes long to read.
"""

from collections.abc import Iterable, Mapping

from tokstats_parallel.corpus.corpus import Corpus, open_handle
from tokstats_parallel.corpus.handle import CorpusHandle

MAX_OPEN = 16
"""Largest number of open cache files, besides the files that the current shard uses."""


class OpenCorpora:
    """Least-recently-used cache of the open corpora of a worker process."""

    def __init__(self, handles: Mapping[str, CorpusHandle]) -> None:
        """Takes the handle of each language's corpus."""
        self._handles = handles
        self._open: dict[str, Corpus] = {}  # the least recently used first

    def of(self, languages: Iterable[str]) -> tuple[Corpus, ...]:
        """Returns the corpora of the languages, and opens the corpora that are not open.

        Raises:
            CorpusError: The rows of a corpus are missing, or have changed.
        """
        corpora = tuple(self._one(language) for language in languages)
        if any(corpus.handle.cached for corpus in corpora):
            for language in list(self._open)[: -max(MAX_OPEN, len(corpora))]:
                del self._open[language]
        return corpora

    def _one(self, language: str) -> Corpus:
        corpus = self._open.pop(language) if language in self._open else open_handle(self._handles[language])
        self._open[language] = corpus
        return corpus
