"""Corpora that a worker process has open: few at a time, however many languages a run has.

A cached corpus is an open file, of which a system allows a process some hundreds; opening it again takes less than a
millisecond. A corpus that is not cached is held in memory and takes long to read: none of these is closed.
"""

from collections.abc import Mapping

from tokstats_parallel.corpus.corpus import Corpus, CorpusHandle, open_handle

MAX_OPEN = 16
"""Cache files that are open at once, beside the one that the current shard uses."""


class OpenCorpora:
    """Least-recently-used cache of open corpora."""

    def __init__(self, handles: Mapping[str, CorpusHandle]) -> None:
        """Takes the handle of each language's corpus."""
        self._handles = handles
        self._open: dict[str, Corpus] = {}  # the least recently used first

    def of(self, language: str) -> Corpus:
        """Returns the language's corpus, and opens it if it is not open.

        Raises:
            CorpusError: The rows are gone, or have changed.
        """
        corpus = self._open.pop(language) if language in self._open else open_handle(self._handles[language])
        self._open[language] = corpus
        if corpus.handle.cached and len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]
        return corpus
