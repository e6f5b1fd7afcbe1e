"""Special tokens of a batch's tokenizer: puts each at the index that is its id (SPEC 2, "A batch's tokenizer")."""

from collections.abc import Sequence

Piece = tuple[str, float]
"""Piece of a vocabulary, and its Unigram score."""

SPECIAL_SCORE = 0.0


def with_special_tokens(pieces: Sequence[Piece], special_tokens: Sequence[tuple[str, int | None]]) -> list[Piece]:
    """Returns the pieces with the special tokens, each once.

    Special tokens are taken out where they occur, and inserted again, by rising id, each at the index that is its id,
    or at the end if the list is shorter. Typed special tokens have no ids: they come first, in the given order.

    Args:
        pieces: Pieces of a vocabulary in their order, each once.
        special_tokens: Pairs (token, id), each token once; the id of typed tokens is None.
    """
    taken_out = {token for token, _ in special_tokens}
    result = [piece for piece in pieces if piece[0] not in taken_out]
    placed = [
        (place if token_id is None else token_id, token) for place, (token, token_id) in enumerate(special_tokens)
    ]
    for index, token in sorted(placed):
        result.insert(index, (token, SPECIAL_SCORE))
    return result
