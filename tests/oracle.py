r"""Oracle: Algorithm 1 (SPEC section 2) in plain Python, to be read in one sitting and believed.

Nothing here is fast, and nothing is shared with the native core, which must give the same answers. Choices that SPEC
leaves to seeded randomness (order of the rows, start of a crop, noise, ties) are arguments, so that a test can pass the
core's own choices and compare the rest exactly. The examples run as tests.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, count

import numpy as np
import regex  # type: ignore[import-untyped]

PRETOKEN = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
TRAINING_PRETOKEN = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
BLANKS = "ĠĊĉ"  # space, newline, tab, mapped
NEVER = -100_000.0  # logarithm of a value that is not positive


def byte_characters() -> list[str]:
    """Returns the printable character of every byte: itself where Latin-1 prints it, else the next from U+0100 on.

    >>> [byte_characters()[byte] for byte in b"a \\n\\x00"]
    ['a', 'Ġ', 'Ċ', 'Ā']
    """
    own = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = count(0x100)
    return [chr(byte if byte in own else next(spare)) for byte in range(256)]


BYTE_CHARACTERS = byte_characters()


def map_bytes(raw: bytes) -> str:
    """Applies GPT-2's byte-level mapping, byte by byte.

    >>> map_bytes(" é".encode())
    'ĠÃ©'
    """
    return "".join(BYTE_CHARACTERS[byte] for byte in raw)


def fixed_pieces(max_length: int = 16) -> list[str]:
    """Returns the pieces of every vocabulary: 256 mapped bytes in byte order, then 9 pieces of white space per length.

    >>> len(fixed_pieces()), fixed_pieces()[256:260]
    (391, ['ĠĠ', 'ĊĠ', 'ĉĠ', 'ĠĠĠ'])
    """
    blanks = [front + blank * times for blank in BLANKS for times in range(1, max_length) for front in BLANKS]
    return BYTE_CHARACTERS + blanks


def split(text: str) -> list[str]:
    """Splits exactly this text into GPT-2 pretokens.

    >>> split(" don't  stop")
    [' don', "'t", ' ', ' stop']
    """
    pretokens: list[str] = PRETOKEN.findall(text)
    return pretokens


def starts(pretoken: str, *, first: bool, stride: int) -> list[int]:
    """Returns the byte offsets where substrings start: every stride-th o_j = l_1 + .. + l_j, with a 0 more if `first`.

    The sum leaves out l_0, so behind a first character of several bytes the offsets fall into characters:

    >>> starts("éab", first=False, stride=1)  # lengths 2, 1, 1: "é" and "a" start at bytes 0 and 2
    [0, 1, 2]
    >>> starts(" the", first=True, stride=2)  # of 0, 0, 1, 2, 3
    [0, 1, 3]
    """
    lengths = [len(character.encode()) for character in pretoken]
    offsets = list(accumulate([0, *lengths[1:]]))
    return ([0] * first + offsets)[::stride]


def substrings(pretoken: str, *, first: bool, max_length: int, stride: int) -> Iterator[str]:
    """Returns the mapped substrings taken from a pretoken: 1 to max_length - 1 bytes from each start, within it.

    >>> list(substrings(" ab", first=False, max_length=3, stride=2))
    ['Ġ', 'Ġa', 'b']
    """
    raw = pretoken.encode()
    for start in starts(pretoken, first=first, stride=stride):
        for end in range(start + 1, min(start + max_length - 1, len(raw)) + 1):
            yield map_bytes(raw[start:end])


def scores(texts: Mapping[str, int], *, max_length: int = 16, stride: int = 4) -> Counter[str]:
    """Returns the score of every substring: times taken, by the count of the text, x UTF-8 length of its mapped form.

    >>> scores({"a": 3}) == {"Ġ": 3 * 2, "Ġa": 3 * 3}  # of " a", from every 4th of the starts 0, 0, 1
    True
    """
    total: Counter[str] = Counter()
    for text, times in texts.items():
        for place, pretoken in enumerate(split(" " + text)):
            for piece in substrings(pretoken, first=place == 0, max_length=max_length, stride=stride):
                total[piece] += times * len(piece.encode())
    return total


def is_eligible(piece: str) -> bool:
    """Tells whether a piece may be drawn: it has at least two bytes and fewer than two blanks, so it is not fixed.

    >>> [is_eligible(piece) for piece in ("a", "Ġ", "Ġa", "aa", "ĠĠ", "ĠaĊ")]
    [False, False, True, True, False, False]
    """
    return len(piece) >= 2 and sum(map(piece.count, BLANKS)) < 2  # a mapped character is a byte


def eligible(all_scores: Mapping[str, int]) -> dict[str, int]:
    """Returns the eligible substrings with their scores."""
    return {piece: score for piece, score in all_scores.items() if is_eligible(piece)}


def make_text(
    rows: Sequence[str],
    order: Callable[[int], int],
    crop_start: Callable[[int], int],
    *,
    span: int,
    pack: bool,
    crop: bool,
    eos: str,
) -> str:
    """Makes a text: row order(0), then rows order(1), order(2) .. when packing, cropped to `span` characters.

    `crop_start` takes the length in characters, and returns a start within 0 ..= max(length - span, 0).

    >>> rows = [" ab ", "  ", "cde", "never reached"]
    >>> make_text(rows, lambda i: i, lambda length: length - 7, span=7, pack=True, crop=True, eos="</s>")
    '</s>cde'
    """
    stripped = (rows[order(appended)].strip() for appended in count())
    filled = (row for row in stripped if row)
    text = next(filled)
    while pack and len(text) + len(eos) < span:
        text += eos + next(filled)
    start = crop_start(len(text)) if crop else 0
    return text[start : start + span]


def pool_texts(text: Callable[[int], str], draw: int, *, batch_texts: int, batches: int) -> Counter[str]:
    """Returns the texts of draw j's pool, stream batches j+1 ..= j+batches, with the number of batches of each text.

    >>> pool_texts("abbcdd".__getitem__, 0, batch_texts=2, batches=2) == {"b": 1, "c": 1, "d": 1}
    True
    """
    pool: Counter[str] = Counter()
    for batch in range(draw + 1, draw + batches + 1):
        pool.update({text(index) for index in range(batch * batch_texts, (batch + 1) * batch_texts)})
    return pool


def page_weights(pages: Mapping[str, float], alpha: float) -> dict[str, float]:
    """Weighs languages that are named without weights by their pages.

    >>> page_weights({"en": 75, "qu": 25}, 0.5)["qu"]
    0.5
    """
    return {language: (count / sum(pages.values())) ** alpha for language, count in pages.items()}


def vocabulary_size(normal: float, *, size_min: int, size_max: int) -> int:
    """Makes a size from a value of Normal(mean, std): truncated, then at least the minimum, then at most the maximum.

    >>> [vocabulary_size(normal, size_min=400, size_max=500) for normal in (-7.0, 450.9, 501.0)]
    [400, 450, 500]
    """
    return min(max(math.trunc(normal), size_min), size_max)


def highest(candidates: Mapping[str, int], k: int) -> tuple[set[str], set[str], int]:
    """Returns the k highest at noise 0: the pieces above the threshold, those at it, and how many of these are taken.

    >>> must, tied, share = highest({"ab": 9, "bc": 4, "cd": 4, "de": 1}, 2)
    >>> must, sorted(tied), share
    ({'ab'}, ['bc', 'cd'], 1)
    >>> highest({"ab": 9}, 2)
    ({'ab'}, set(), 0)
    """
    if k >= len(candidates):
        return set(candidates), set(), 0
    threshold = sorted(candidates.values(), reverse=True)[k - 1]
    must = {piece for piece, score in candidates.items() if score > threshold}
    return must, {piece for piece, score in candidates.items() if score == threshold}, k - len(must)


def noised_draw(
    all_scores: Mapping[str, int], k: int, noise: float, rng: np.random.Generator
) -> list[tuple[str, float]]:
    """Draws the k eligible with the highest score/S + Normal(0, noise); values <= 0 are equal; chance breaks ties.

    >>> [piece for piece, value in noised_draw({"ab": 3, "cd": 5, "e": 9}, 2, 0.0, np.random.default_rng(1))]
    ['cd', 'ab']
    """
    candidates = eligible(all_scores)
    pieces = list(candidates)
    values = np.array(list(candidates.values())) / max(sum(all_scores.values()), 1)
    values = np.maximum(values + rng.normal(0.0, noise, len(pieces)), 0.0)
    by_chance = rng.permutation(len(pieces))
    order = by_chance[np.argsort(-values[by_chance], kind="stable")][:k]
    return [(pieces[index], float(values[index])) for index in order]


def ranked_pieces(
    all_scores: Mapping[str, int], seed_size: int, noise: float, rng: np.random.Generator, max_length: int = 16
) -> list[tuple[str, float]]:
    """Returns fixed pieces, then at least one substring by falling noised value, with the logarithms of the values.

    The bytes have the logarithm of the least score; SPEC names none for an empty pool, so it is `NEVER` here.

    >>> answer = ranked_pieces({"a": 1, "ab": 2, "bc": 3}, 0, 0.0, np.random.default_rng(1))
    >>> answer[0] == ("Ā", math.log(1 / 6)), answer[256], answer[391:] == [("bc", math.log(3 / 6))]
    (True, ('ĠĠ', 0.0), True)
    """
    fixed = fixed_pieces(max_length)
    learned = noised_draw(all_scores, max(seed_size - len(fixed), 1), noise, rng)
    lowest = math.log(min(all_scores.values()) / sum(all_scores.values())) if all_scores else NEVER
    return [
        *((piece, lowest) for piece in fixed[:256]),
        *((piece, 0.0) for piece in fixed[256:]),
        *((piece, math.log(value) if value > 0 else NEVER) for piece, value in learned),
    ]


def with_special_tokens(pieces: Sequence[tuple[str, float]], ids: Mapping[str, int]) -> list[tuple[str, float]]:
    """Puts special tokens at their ids: goes from id to id, and takes the token of the id, or else the next piece.

    >>> with_special_tokens([("a", -1.0), ("b", -2.0), ("c", -3.0)], {"b": 1, "<s>": 9})
    [('a', -1.0), ('b', 0.0), ('c', -3.0), ('<s>', 0.0)]
    """
    tokens = {number: token for token, number in ids.items()}
    others = [piece for piece in pieces if piece[0] not in ids]
    result: list[tuple[str, float]] = []
    while others:
        token = tokens.pop(len(result), None)
        result.append(others.pop(0) if token is None else (token, 0.0))
    return result + [(tokens[number], 0.0) for number in sorted(tokens)]


def training_pretokens(text: str) -> list[str]:
    r"""Splits a text as the training does that tokenizes it: marks stay with their letters.

    >>> [len(pretokens) for pretokens in (training_pretokens("e\u0301a b"), split("e\u0301a b"))]
    [2, 4]
    """
    pretokens: list[str] = TRAINING_PRETOKEN.findall(text)
    return pretokens


def best_score(mapped: str, scores: Mapping[str, float]) -> float:
    """Returns the highest sum of scores over all ways to cut a mapped pretoken into pieces.

    >>> best_score("abc", {"a": -1.0, "b": -1.0, "c": -1.0, "ab": -1.5, "bc": -3.0})
    -2.5
    """
    best = [0.0]
    for end in range(1, len(mapped) + 1):
        ways = (best[start] + scores[mapped[start:end]] for start in range(end) if mapped[start:end] in scores)
        best.append(max(ways, default=-math.inf))
    return best[-1]


class OracleSampler:
    """`TokenizerSampler` in plain Python: a pool of the scores that each call counted, the oldest first."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Takes the generator that makes the noise and breaks the ties."""
        self.rng = rng
        self.pool: list[Counter[str]] = []

    def turn(self, counted: Counter[str], *, pop_prev: bool, push_current: bool) -> Counter[str]:
        """Pops the oldest scores, pushes the newest, and returns the sum; an unpushed call leaves the pool as it was.

        >>> sampler = OracleSampler(np.random.default_rng(1))
        >>> for piece in "ab":
        ...     pooled = sampler.turn(Counter(piece), pop_prev=False, push_current=True)
        >>> sampler.turn(Counter("c"), pop_prev=True, push_current=False) == Counter("bc")
        True
        >>> sampler.pool == [Counter("a"), Counter("b")]
        True
        """
        before = self.pool
        self.pool = [*(before[1:] if pop_prev else before), counted]
        pooled = sum(self.pool, Counter[str]())
        if not push_current:
            self.pool = before
        return pooled

    def sample_tokenizer(
        self,
        texts: Mapping[str, int],
        seed_size: int,
        max_length: int,
        stride: int = 1,
        noise_std: float = 0.0,
        *,
        pop_prev: bool = True,
        push_current: bool = True,
    ) -> list[tuple[str, float]]:
        """Counts the texts into the pool and, if `pop_prev`, draws from it; else the answer is empty.

        >>> answer = OracleSampler(np.random.default_rng(1)).sample_tokenizer({"a": 1}, 392, 16)
        >>> [piece for piece, score in answer[391:]]  # of Ġ and Ġa, both taken twice, and a
        ['Ġa']
        """
        counted = scores(texts, max_length=max_length, stride=stride)
        pooled = self.turn(counted, pop_prev=pop_prev, push_current=push_current)
        return ranked_pieces(pooled, seed_size, noise_std, self.rng, max_length) if pop_prev else []
