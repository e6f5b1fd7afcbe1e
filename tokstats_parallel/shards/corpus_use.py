"""Corpus use: how a run uses the rows of its corpora, as facts for messages and for the manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokstats_parallel.system.wording import counted, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusUse:
    """Use of the corpora by a run.

    Attributes:
        rows: Language -> number of rows.
        pool_texts: Language -> number of its texts in a pool; the mean number, if languages share pools.
        passes: Language -> number of times that the run reads each row, on average; an estimate.
        left_out: Language -> text that counts and names the files which are not read, if there are any.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    pool_texts: Mapping[str, int] = field(default_factory=dict)
    passes: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def notices(self) -> list[str]:
        """Returns lines for the user: the languages with fewer rows than texts in a pool, and the passes of all."""
        small = [
            f"{language} ({counted(rows, 'row')}, {texts:,} texts)"
            for language, rows in self.rows.items()
            if rows < (texts := self.pool_texts[language])
        ]
        repeat = f"fewer rows than texts in a pool, so rows repeat within pools: {listed(small)}"
        return [*([repeat] if small else []), f"passes over the rows of a corpus, about: {self.passes_text()}"]

    def passes_text(self) -> str:
        """Writes the passes over the rows of each language: `python 0.4, javascript 741`."""
        return listed([f"{language} {_rounded(passes)}" for language, passes in self.passes.items()])


def _rounded(passes: float) -> str:
    return f"{passes:,.0f}" if passes >= 10 else f"{passes:.1f}" if passes >= 0.1 else f"{passes:.2g}"  # noqa: PLR2004
