"""Open corpora: keeps few corpora of a worker process open at a time, however many languages a run has.

A cached corpus is an open file. The system limits the number of open files of a process to some hundreds, and opening
a file again takes less than a millisecond. A corpus that is not cached is in memory, and is never closed, because it
takes long to read.
"""

from collections.abc import Mapping

from tokstats_parallel.corpus.corpus import Corpus, CorpusHandle, open_handle

MAX_OPEN = 16
"""Largest number of open cache files, besides the file that the current shard uses."""


class OpenCorpora:
    """Least-recently-used cache of the open corpora of a worker process."""

    def __init__(self, handles: Mapping[str, CorpusHandle]) -> None:
        """Takes the handle of each language's corpus."""
        self._handles = handles
        self._open: dict[str, Corpus] = {}  # the least recently used first

    def of(self, language: str) -> Corpus:
        """Returns the corpus of the language, and opens the corpus if it is not open.

        Raises:
            CorpusError: The rows of the corpus are missing, or have changed.
        """
        corpus = self._open.pop(language) if language in self._open else open_handle(self._handles[language])
        self._open[language] = corpus
        if corpus.handle.cached and len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]
        return corpus
