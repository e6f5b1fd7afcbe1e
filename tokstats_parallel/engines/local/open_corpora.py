"""The corpora that a worker process has open: few at a time, however many languages a run has.

A corpus in the cache is an open file, of which a system allows a process some hundreds; it is opened again in less
than a millisecond. Without a cache a corpus is no file but memory, and takes long to read: all of these stay.
"""

from collections.abc import Mapping

from tokstats_parallel.corpus.corpus import Corpus, CorpusHandle, open_handle

MOST = 16
"""Cache files that are open at once, beside that of a runner."""


class OpenCorpora:
    """Opens corpora where they are asked for; the one that was asked for least recently is closed first."""

    def __init__(self, handles: Mapping[str, CorpusHandle]) -> None:
        """Takes what opens each language's rows."""
        self._handles = handles
        self._open: dict[str, Corpus] = {}  # the least recent first

    def of(self, language: str) -> Corpus:
        """The language's rows.

        Raises:
            CorpusError: They are not there any more, or are not the same.
        """
        corpus = self._open.pop(language) if language in self._open else open_handle(self._handles[language])
        self._open[language] = corpus
        if corpus.handle.cached and len(self._open) > MOST:
            del self._open[next(iter(self._open))]
        return corpus
