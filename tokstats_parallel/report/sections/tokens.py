"""Tokens: the table in which a reader finds tokens, as people read them and as the result has them."""

from collections.abc import Mapping, Sequence

from tokstats_parallel.answers.chosen_tokens import ChosenToken, chosen_tokens
from tokstats_parallel.answers.comparison.typical_tokens import TypicalToken
from tokstats_parallel.report.contents import Column, DataTable, Kind, Section
from tokstats_parallel.report.reported import Reported

TOKENS = "tokens"
"""Id of the section."""
_KINDS, _LANGUAGES = "Kind", "Language"


def token_section(result: Reported, typical: Mapping[str, Sequence[TypicalToken]], most: int) -> Section:
    """Makes the section with at most `most` tokens, those that are typical of a language among them."""
    number = len(result.sampled.total)
    rows = [one.row for tokens in typical.values() for one in tokens]
    chosen = chosen_tokens(result.stats, result.sampled, most, typical=rows)
    caption = "Sampled tokens by falling count, which is the number of vocabularies that held the token."
    if len(chosen) == number:
        lead = f"All {number:,} sampled tokens of the result."
    else:
        kinds = "the most frequent," + (" the most typical of each language," if rows else "")
        lead = f"{len(chosen):,} of {number:,} sampled tokens: {kinds} and some of each rank."
        caption += (
            f" {number - len(chosen):,} tokens are left out. The result's files have all; `tokstats top RESULT --csv` "
            "lists as many as wanted, and `tokstats show RESULT TOKEN` finds any."
        )
    return Section(TOKENS, "Tokens", lead, (_table(result, chosen, caption),))


def _table(result: Reported, chosen: Sequence[ChosenToken], caption: str) -> DataTable:
    shown = [at for at, name in enumerate(result.sampled.languages) if name in result.languages]
    return DataTable(
        "tokens",
        caption,
        (
            Column("text", "Token", Kind.TOKEN),
            Column("token", "As stored", Kind.TOKEN),
            Column("kind", "Kind", Kind.TEXT, filter=_KINDS),
            Column("rank", "Rank"),
            Column("share", "Share", Kind.SHARE, 2),
            Column("count", "Count"),
            *(Column(f"count_{name}", name, filter=_LANGUAGES) for name in result.languages),
        ),
        [
            (
                *(one.token.text, one.token.token, one.token.kind, one.rank),
                *(one.token.count / result.batches, one.token.count, *(one.counts[at] for at in shown)),
            )
            for one in chosen
        ],
        can_be_searched=True,
    )
