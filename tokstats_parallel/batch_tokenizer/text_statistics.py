"""Statistics of a batch's texts, encoded by the batch's tokenizer: what the training logs for a batch.

Every byte is a piece, so nothing in a text is unknown. A token counts as unknown if it is the token that the reference
tokenizer names so: in GPT-2's that is the eos token, which stands between packed rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer


@dataclass(frozen=True, slots=True)
class TextStatistics:
    """Numbers of texts, of their bytes in UTF-8, of their tokens, and of the unknown tokens among these."""

    texts: int
    text_bytes: int
    tokens: int
    unknown: int

    @property
    def bytes_per_token(self) -> float:
        """Mean number of bytes of text for each token."""
        return self.text_bytes / self.tokens

    @property
    def unknown_share(self) -> float:
        """Share of the tokens that are the unknown token."""
        return self.unknown / self.tokens


def text_statistics(batch: BatchTokenizer) -> dict[str, TextStatistics]:
    """Encodes the texts of a batch, without the special tokens that a post-processor adds, and counts.

    A space that the tokenizer puts before a text is no byte of the text.

    Returns:
        Language -> statistics of its texts, in the order of the texts.
    """
    texts: dict[str, list[str]] = {}
    for language, text in batch.texts:
        texts.setdefault(language, []).append(text)
    return {language: _of_texts(batch, of_language) for language, of_language in texts.items()}


def total(statistics: Iterable[TextStatistics]) -> TextStatistics:
    """Adds up statistics."""
    rows = [(one.texts, one.text_bytes, one.tokens, one.unknown) for one in statistics]
    return TextStatistics(*map(sum, zip(*rows, strict=True)))


def _of_texts(batch: BatchTokenizer, texts: Sequence[str]) -> TextStatistics:
    unknown = batch.special_ids.get(batch.recipe.names.get("unk", ""))
    encodings = batch.tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ids = [encoding.ids for encoding in encodings]
    return TextStatistics(
        texts=len(texts),
        text_bytes=sum(len(text.encode()) for text in texts),
        tokens=sum(map(len, ids)),
        unknown=sum(number == unknown for one in ids for number in one),
    )
