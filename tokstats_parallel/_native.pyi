"""The native core: Algorithm 1 of ZeTT over text columns, its random streams, and the merging of counts.

Every function lets go of the interpreter's lock while it works. Section numbers are those of docs/SPEC.md. Tokens are
*mapped* strings: each byte as one printable character (GPT-2's byte-level mapping; space is `Ġ`, newline `Ċ`, tab `ĉ`).
"""

from collections.abc import Buffer, Sequence  # type: ignore[attr-defined] # Buffer is there from Python 3.12 on
from os import PathLike
from typing import Self, final

from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw

VERSION: str
"""The version of the program."""
SAMPLING_VERSION: int
"""Raised whenever any random stream changes its meaning."""
UNICODE_VERSION: str
"""The version of Unicode whose letters and numbers the pretokenizer knows."""
FIXED_PIECES: int
"""391: the pieces that every vocabulary holds, 256 bytes and 135 of white space."""
CHARS_PER_TOKEN: int
"""16: the characters of text for each token of `block_size`."""
RECORD_BYTES: int
"""32: the bytes of a row's record (see `TextColumn.records`)."""
MAX_POOLS: int
"""65536: the most pools of a language."""

def fixed_pieces() -> list[str]:
    """The 256 mapped bytes in byte order, then the 135 white-space pieces."""

def map_bytes(raw: bytes) -> str:
    """The mapped form of `raw`, one character a byte."""

def split(text: str) -> list[str]:
    """The GPT-2 pretokens of exactly this text (no space is put in front); they tile it."""

def starts(pretoken: str, *, first: bool, stride: int) -> list[int]:
    """The byte offsets in a pretoken from which substrings are taken.

    Args:
        pretoken: one pretoken.
        first: whether it is the first of its text, whose list of possible starts has one more 0.
        stride: every how many possible starts is used; at least 1.

    Raises:
        ValueError: the stride is 0.
    """

@final
class TextColumn:
    """One language's rows: immutable, with random access, read in place from memory or from a file."""

    def __new__(cls, chunks: Sequence[tuple[Buffer, Buffer]]) -> TextColumn:
        """Makes a column of chunks, each a pair of Arrow buffers.

        Args:
            chunks: (offsets, data): rows + 1 little-endian int64 offsets (or none), and UTF-8 data. The buffers are
                kept, not copied, and must not be written to as long as the column lives.

        Raises:
            ValueError: offsets fall, or point beyond the data.
            BufferError: a buffer is not contiguous.
        """

    @staticmethod
    def of_file(path: str | PathLike[str], chunks: Sequence[tuple[int, int, int, int, int]]) -> TextColumn:
        """Makes a column of chunks in a file, whose rows are read when they are needed.

        Args:
            path: the file; it stays open, and must not be written to as long as the column lives.
            chunks: (offsets, data, marks, records, rows): where these buffers begin, one behind the other, in bytes,
                and the number of rows; offsets and data as in memory, marks and records as `records` gives them.

        Raises:
            OSError: the file cannot be read.
            ValueError: offsets fall, or a buffer reaches beyond the next one or the file.
        """

    def __len__(self) -> int:
        """The number of rows."""

    def row(self, index: int) -> str:
        """The text of a row.

        Raises:
            IndexError: there is no such row.
            OverflowError: the index is negative.
            ValueError: the row is not UTF-8; the message has its number.
            OSError: the column's file cannot be read.
        """

    def first_text_row(self) -> int | None:
        """The number of the first row that holds more than Unicode white space.

        Raises:
            ValueError: a row up to it is not UTF-8, or its record leads out of its chunk.
            OSError: the column's file cannot be read.
        """

    def records(self) -> list[tuple[bytes, bytes]]:
        """Each chunk's marks and records, which tell what a text needs to know of rows before it reads them.

        All are little-endian uint64. A record is four, `RECORD_BYTES` in all: the row without the white space at its
        ends begins at this byte, counted from the chunk's first row; its bytes; its characters; the number of marks of
        the rows before it. A mark of a row is the number of characters that begin in its first 2,048 bytes, 4,096
        bytes and so on; a row that is ASCII has none.

        Raises:
            OSError: the column's file cannot be read.
        """

    def checksums(self, threads: int = 1) -> list[int]:
        """Each chunk's XXH3 hash, 64 bits, of its rows' lengths (little-endian uint64), their text, marks and records.

        The same rows have the same hash in memory and in a file.

        Args:
            threads: The most that read and hash.

        Raises:
            ValueError: the offsets in the file have been damaged.
            OSError: the column's file cannot be read.
        """

@final
class Stream:
    """The endless texts of one language and pool, addressed by index (section 2, "Texts")."""

    def __new__(
        cls,
        column: TextColumn,
        *,
        seed: int,
        language: str,
        pool: int,
        texts: TextRule,
    ) -> Stream:
        """Names the stream and how its texts are made.

        Args:
            column: the language's rows.
            seed: the run's seed, 0 to 2**64 - 1.
            language: the language's name.
            pool: which of the language's pools, from 0.
            texts: how its texts are made of rows.

        Raises:
            ValueError: the span is 0, or no row holds more than white space.
        """

    def texts(self, first: int, count: int) -> list[str]:
        """Texts `first` to `first + count`.

        Raises:
            ValueError: a row is not UTF-8 or not what its record says, or the texts' numbers exceed 64 bits.
            OSError: the column's file cannot be read.
        """

    def row_order(self, text: int, appended: int) -> int:
        """The row that `text` takes as its number `appended`, empty rows counted: perm(epoch, appended)."""

    def crop_start(self, text: int, characters: int) -> int:
        """The character at which a text of so many characters is cut: 0 to max(characters - span, 0)."""

class TokenizerSampler:
    """Draws tokenizer pieces from a sliding window of counted texts; a drop-in for training code.

    The window consists of slots, one for each call that left its texts in it, each counted as that call said. It is the
    same core as `ShardRunner`'s. Calls from several threads take turns.
    """

    def __new__(cls) -> Self:
        """Makes a sampler with an empty window."""

    def sample_tokenizer(
        self,
        map: dict[str, int],  # noqa: A002 - the name that training code uses
        seed_size: int,
        max_length: int,
        stride: int | None = None,
        noise_std: float | None = None,
        pop_prev: bool | None = None,
        push_current: bool | None = None,
        *,
        seed: int | None = None,
    ) -> list[tuple[str, float]]:
        """Counts texts into the newest slot and, with `pop_prev`, returns pieces with scores.

        Args:
            map: text -> how often it counts; a text that counts 0 times is as if it were not there.
            seed_size: the number of pieces wanted, 391 fixed ones included; at least one substring is taken.
            max_length: substrings are shorter than this, in bytes.
            stride: every how many possible starts a substring is taken; 1 where it is None.
            noise_std: the standard deviation of the noise on score / total; 0 where it is None.
            pop_prev: whether the oldest slot leaves first and pieces are returned; True where it is None. With an
                empty window there is nothing to leave.
            push_current: whether the texts stay; True where it is None. Where they do not, the window is afterwards
                what it was before, the slot that left included.
            seed: the same seed and window give the same pieces; fresh randomness where it is None.

        Returns:
            256 bytes with ln(least score / total), 135 white-space pieces with 0.0, then the eligible substrings by
            falling noised value with its logarithm, -100000.0 where it is not above 0 (and for the bytes, where the
            window holds nothing). Least score and total are over all substrings of the window.

        Raises:
            ValueError: a count or the noise is negative, the stride or the length 0.
            OverflowError: scores exceed 64 bits; the window is then as it was.
        """

@final
class ShardRunner:
    """Runs shards of one stream, and keeps its pool from one to the next. Calls from several threads take turns."""

    def __new__(
        cls,
        column: TextColumn,
        *,
        seed: int,
        language: str,
        pool: int,
        texts: TextRule,
        pool_size: PoolSize,
        vocabulary: VocabularyLaw,
    ) -> Self:
        """Names the stream, and how its vocabularies are drawn.

        Args:
            column: the language's rows.
            seed: the run's seed.
            language: the language's name.
            pool: which of its pools.
            texts: how the stream's texts are made of rows.
            pool_size: stream batches of the pool, and texts of a stream batch.
            vocabulary: random size and noise of the vocabularies.

        Raises:
            ValueError: a parameter is out of its range, a row is not UTF-8, or no row has text.
            OSError: the column's file cannot be read.
        """

    def run(self, first_draw: int, draws: int) -> tuple[bytes, int]:
        """Runs the draws `first_draw` to `first_draw + draws` of the stream and counts their substrings.

        The result does not depend on what was run before; only the pool is filled sooner where a shard goes on where
        the last one ended.

        Args:
            first_draw: the stream's draws before the shard.
            draws: the draws of the shard.

        Returns:
            A run, and what was lacking. The run: (substring, number of vocabularies that held it), packed, in
            code-point order of the tokens; the fixed pieces, which every vocabulary holds, are not in it. Lacking: the
            substrings by which pools fell short of the drawn sizes, in all; with the sum of the counts it makes
            `wanted`.

        Raises:
            ValueError: the draws are out of reach, or a row is not UTF-8.
            OSError: the column's file cannot be read.
            OverflowError: scores exceed 64 bits.
        """

def wanted(
    *,
    seed: int,
    language: str,
    pool: int,
    first_draw: int,
    draws: int,
    vocabulary: VocabularyLaw,
) -> int:
    """How many substrings the vocabularies of a shard hold in all, unless their pools have fewer.

    It is the sum of the drawn sizes without the fixed pieces, drawn anew without a look at any text.

    Args:
        seed: see `ShardRunner`, as for all of them.
        language: see there.
        pool: see there.
        first_draw: the stream's draws before the shard.
        draws: the draws of the shard.
        vocabulary: see there; its noise has no influence.

    Raises:
        ValueError: a size is out of its range.
        OverflowError: the draws' numbers exceed 64 bits.
    """

def read_segment(segment: Buffer) -> list[tuple[str, int]]:
    """The (token, count) pairs of a run, in its order. Nobody may write to the buffer meanwhile.

    Raises:
        ValueError: the run is damaged.
    """

def survey_segment(segment: Buffer) -> tuple[int, int, list[tuple[int, int]]]:
    """What tells a merge of a run. Nobody may write to the buffer meanwhile.

    Returns:
        (entries, occurrences, places): the number of the run's entries, the sum of their counts, and up to 256 places
        in it from which it can be read, each an entry's first byte, counted from the run's, and the key of the entry
        before as a number.

    Raises:
        ValueError: the run is damaged.
        OverflowError: the sum exceeds 64 bits.
    """

def recount(path: str | PathLike[str]) -> tuple[int, int]:
    """The number of members of the JSON object that a file holds, and the sum of their counts, read from the file.

    It reads the form that `Frequencies.read` gives, and no other: one member a line, counts of at least 1 that never
    rise. Names are not looked into.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds anything else; the message begins with its path.
        OverflowError: the sum exceeds 64 bits.
    """

def sum_counts(counts: Buffer) -> tuple[int, int]:
    """How many of some little-endian uint64 are not 0, and the sum of all, of any size.

    What follows the last whole number is left out. Nobody may write to the buffer meanwhile.
    """

def count_draws(languages: Sequence[tuple[str, float]], *, seed: int, pools: int, batches: int) -> list[list[int]]:
    """How many of the batches 0 to `batches` draw from each language, in the order given, and from each of its pools.

    Args:
        languages: (name, weight); weights are positive.
        seed: the run's seed.
        pools: pools of each language, 1 to 65536.
        batches: the number of batches.

    Raises:
        ValueError: there is no language, a weight is not positive and finite, or the pools are out of range.
    """

@final
class Frequencies:
    """The result: every token with its counts, by falling total count, then in code-point order; each is read once."""

    def __new__(
        cls,
        segments: Sequence[tuple[str | PathLike[str], int, int, int, int, Sequence[tuple[int, int]]]],
        *,
        batches: Sequence[int],
        special_tokens: Sequence[str],
        spill: str | PathLike[str],
        memory: int,
        threads: int,
    ) -> Frequencies:
        """Merges runs in files and sorts their rows.

        Memory is about 128 MB to merge, then `memory` to sort, and more only for more than 30,000 runs.

        Args:
            segments: (path, place in the file of the segment's first byte, place of its language, number of its
                entries, sum of their counts, places in it as `survey_segment` gives them); a segment goes to the end of
                its file. Files are opened when they are read.
            batches: the number of batches of each language; fixed pieces and special tokens count every batch.
            special_tokens: tokens that every vocabulary held besides the fixed pieces, as they are.
            spill: where rows that exceed the memory are kept: a new file, which loses its name at once.
            memory: bytes of rows that are kept in memory; it never changes the result.
            threads: the most threads that are at work, at least 1 and no more than 256; they never change the result.

        Raises:
            IndexError: a run is of a language that is not there.
            ValueError: a run is damaged, or is not what its numbers say; the message begins with its path. Or there are
                0 threads.
            OSError: a run cannot be read, or the rows not be written; the message begins with the path.
            OverflowError: a sum exceeds 64 bits.
        """

    def read(self, rows: int) -> tuple[bytes, bytes, bytes, bytes, list[bytes]] | None:
        """The next rows, fewer than `rows` only at the end; None behind it.

        Args:
            rows: at least 1.

        Returns:
            (json, offsets, text, totals, counts): the rows' part of one JSON object of token -> total count, which all
            parts make together (the bytes of `json.dumps(..., indent=2, ensure_ascii=False)`); the tokens as Arrow
            buffers, rows + 1 little-endian int64 offsets and UTF-8 data; the total counts, and those in each language,
            as little-endian uint64.

        Raises:
            ValueError: rows that were kept in a file are damaged, or `rows` is 0.
            OSError: they cannot be read.
            OverflowError: the sum of all counts exceeds 64 bits.
        """

    @property
    def merged(self) -> list[int]:
        """The sum of all counts in the runs of each language."""

    @property
    def expected(self) -> list[tuple[int, int]]:
        """(tokens, sum of their counts) of each language, that the result must have when all of it is read."""

    @property
    def written(self) -> list[tuple[int, int]]:
        """The same of what has been read so far."""

    @property
    def unique(self) -> int:
        """The number of tokens that have been read so far."""

    @property
    def occurrences(self) -> int:
        """The sum of their counts."""

    @property
    def top(self) -> list[tuple[str, int]]:
        """The first 20 tokens with their total counts."""

    @property
    def top_sampled(self) -> list[tuple[str, int]]:
        """The same without fixed pieces and special tokens."""
