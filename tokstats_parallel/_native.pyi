"""Native core: Algorithm 1 of ZeTT over text columns, its random streams, and the merge of counts.

Every function releases the interpreter's lock while it works. Section numbers are those of docs/SPEC.md. Tokens are
*mapped* strings: each byte as one printable character (GPT-2's byte-level mapping; space is `Ġ`, newline `Ċ`, tab `ĉ`).
A buffer must be contiguous, and nothing may write to it while a call reads it.
"""

from collections.abc import Buffer, Sequence  # type: ignore[attr-defined] # Buffer is there from Python 3.12 on
from os import PathLike
from typing import Self, final

from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw

VERSION: str
"""Version of the program."""
SAMPLING_VERSION: int
"""Version of the definition of all random streams; it rises when any of them changes."""
UNICODE_VERSION: str
"""Version of Unicode whose letters and numbers the pretokenizer knows."""
KINDS: list[str]
"""Names of the kinds of tokens, in the order in which they are tried (section 4)."""
FIXED_PIECES: int
"""Number of pieces that every vocabulary holds, 391: 256 bytes and 135 white-space pieces."""
CHARS_PER_TOKEN: int
"""Number of characters of a text's span for each token of `block_size`, 16."""
INDEX_ENTRY_BYTES: int
"""Length of a row's entry in the row index in bytes, 32 (see `TextColumn.row_index`)."""
MAX_POOLS: int
"""Largest number of pools allowed for a language, 65536."""

def fixed_pieces() -> list[str]:
    """Returns the 256 mapped bytes in byte order, then the 135 white-space pieces."""

def map_bytes(raw: bytes) -> str:
    """Returns the mapped form of `raw`, one character for each byte."""

def unmap_bytes(mapped: str) -> bytes:
    """Returns the bytes whose mapped form is `mapped`.

    Raises:
        ValueError: A character is none of the 256 to which bytes are mapped.
    """

def token_kind(raw: bytes) -> str:
    """Returns the kind of the token with the bytes `raw`, which is no special token: one of `KINDS` (section 4)."""

def readable_text(raw: bytes) -> str:
    r"""Returns the bytes as people read them: `␣def`, `⏎`, `⇥`, `\\xE2` for a byte that is no UTF-8 (section 4)."""

def parse_readable_text(text: str) -> bytes:
    """Returns the bytes whose readable text is `text`; characters that have an escape may also stand as they are.

    Raises:
        ValueError: A backslash begins no escape.
    """

def describe_tokens(
    offsets: Buffer, text: Buffer, special_tokens: Sequence[str]
) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]:
    """Describes consecutive tokens of a result, as Arrow buffers. Nobody may write to the buffers during the call.

    A token that is no mapped form is taken for a special token, whether `special_tokens` has it or not.

    Args:
        offsets: Offset of each token in `text` in bytes, then the offset behind the last token; little-endian int64.
        text: Tokens in UTF-8.
        special_tokens: Special tokens of the result.

    Returns:
        (offsets and UTF-8 data of the readable texts, offsets and data of the bytes, numbers of the kinds in `KINDS` as
        int8, fixed): `fixed` has one bit for each token, which says whether every vocabulary holds it.

    Raises:
        ValueError: The offsets are damaged, or the text is not UTF-8.
        BufferError: A buffer is not contiguous.
    """

@final
class TokenIndex:
    """Index of the tokens of a result, which finds the row of a token; it takes about ten bytes of memory for a row."""

    def __new__(cls, chunks: Sequence[tuple[Buffer, Buffer]]) -> Self:
        """Makes the index of the tokens in `chunks`, which it keeps and nobody may write to.

        Args:
            chunks: Tokens of consecutive rows, each chunk as offsets and text of `describe_tokens`.

        Raises:
            ValueError: The offsets of a chunk are damaged, or there are 2**32 rows or more.
            BufferError: A buffer is not contiguous.
        """

    def find(self, token: str) -> int | None:
        """Returns the row of a token, counted over all chunks; None if no row has it."""

def split(text: str) -> list[str]:
    """Returns the GPT-2 pretokens of `text`, to which no space is added in front; the joined pretokens are `text`."""

def starts(pretoken: str, *, first: bool, stride: int) -> list[int]:
    """Returns the byte offsets in a pretoken where substrings begin (section 2, "Scores").

    Args:
        pretoken: One pretoken.
        first: Whether the pretoken is the first of its text. The list of its possible starts then has one more 0.
        stride: Step from one used start to the next, in the list of possible starts; at least 1.

    Raises:
        ValueError: The stride is 0.
    """

@final
class TextColumn:
    """Rows of one language, immutable and with random access, read in place from memory or from a file.

    A column consists of chunks, each with the texts and offsets of consecutive rows.
    """

    def __new__(cls, chunks: Sequence[tuple[Buffer, Buffer]]) -> TextColumn:
        """Makes a column of chunks that are in memory.

        Args:
            chunks: Pairs of Arrow buffers (offsets, data): rows + 1 little-endian int64 offsets (or none), and UTF-8
                data. The column keeps the buffers and copies nothing; nothing may write to them while it lives.

        Raises:
            ValueError: Offsets fall, or point beyond the data.
            BufferError: A buffer is not contiguous.
        """

    @staticmethod
    def of_file(path: str | PathLike[str], chunks: Sequence[tuple[int, int, int, int, int]]) -> TextColumn:
        """Makes a column of chunks that are in a file. Rows are read when they are needed.

        Args:
            path: Path of the file. The file stays open, and nothing may write to it while the column lives.
            chunks: (offsets, data, checkpoints, entries, rows) of each chunk: the offsets in the file at which the four
                buffers begin, rising, in bytes; and the number of rows. The buffers of offsets and data are as in
                memory, the buffers of checkpoints and entries are as `row_index` returns them.

        Raises:
            OSError: The file cannot be read.
            ValueError: Offsets fall, or a buffer reaches beyond the beginning of another buffer or the end of the file.
        """

    def __len__(self) -> int:
        """Returns the number of rows of all chunks."""

    def row(self, index: int) -> str:
        """Returns the row with this index.

        Raises:
            IndexError: There is no such row.
            OverflowError: The index is negative.
            ValueError: The row is not UTF-8; the message has its index.
            OSError: The column's file cannot be read.
        """

    def characters(self, index: int) -> int:
        """Returns the number of characters of the row with this index, without the white space at its ends.

        Only the row's entry in the row index is read, not the row.

        Raises:
            IndexError: There is no such row.
            OverflowError: The index is negative.
            ValueError: The row is not UTF-8, or its index entry leads out of its chunk.
            OSError: The column's file cannot be read.
        """

    def first_text_row(self) -> int | None:
        """Returns the index of the first row that holds more than white space; None if there is no such row.

        Raises:
            ValueError: A row up to this row is not UTF-8, or its index entry leads out of its chunk.
            OSError: The column's file cannot be read.
        """

    def row_index(self) -> list[tuple[bytes, bytes]]:
        """Returns the row index, from which the length of a text follows without reading the text's rows.

        Returns:
            (checkpoints, entries) of each chunk, all little-endian uint64. An entry has `INDEX_ENTRY_BYTES`, four
            numbers about the row without the white space at its ends: its offset from the chunk's first row, in bytes;
            its bytes; its characters; the number of checkpoints of the rows before it. The checkpoints of a row are the
            numbers of characters that begin in its first 2,048 bytes, its first 4,096 bytes and so on; a row that is
            ASCII has none.

        Raises:
            OSError: The column's file cannot be read.
        """

    def checksums(self, threads: int = 1) -> list[int]:
        """Returns a 64-bit XXH3 hash of each chunk: of its rows' lengths (little-endian uint64), text and row index.

        A chunk has the same hash in memory and in a file.

        Args:
            threads: Largest number of threads that read and hash chunks.

        Raises:
            ValueError: The offsets in the file are damaged.
            OSError: The column's file cannot be read.
        """

@final
class Stream:
    """Endless sequence of texts of one language and pool, addressed by index (section 2, "Texts")."""

    def __new__(
        cls,
        column: TextColumn,
        *,
        seed: int,
        language: str,
        pool: int,
        texts: TextRule,
    ) -> Stream:
        """Opens a stream.

        Args:
            column: Rows of the language.
            seed: Seed of the job, 0 to 2**64 - 1.
            language: Name of the language.
            pool: Index of the pool among the language's, from 0.
            texts: Span, packing, crop and eos of the texts.

        Raises:
            ValueError: The span is 0, or no row holds more than white space.
            TypeError: A field of `texts` has another type, or is negative or above 2**64 - 1.
            AttributeError: `texts` lacks a field.
            OSError: The column's file cannot be read.
        """

    def texts(self, first: int, count: int) -> list[str]:
        """Returns the texts from the index `first` to `first + count`, which is not included.

        Raises:
            ValueError: A row is not UTF-8 or does not match its index entry, or the indices exceed 64 bits.
            LookupError: Nearly all rows are empty.
            OSError: The column's file cannot be read.
        """

    def row_order(self, text: int, appended: int) -> int:
        """Returns the index of the row that is the text's row number `appended`; empty rows are counted, too."""

    def crop_start(self, text: int, characters: int) -> int:
        """Returns the index of the first character of a text's crop, 0 to max(characters - span, 0).

        Args:
            text: Index of the text in the stream.
            characters: Number of characters of the text before the crop.
        """

class TokenizerSampler:
    """Sampler that draws tokenizer pieces from a pool of counted texts; can replace the sampler of the training code.

    The pool holds the texts of every call with `push_current`, with the stride and maximum length of that call. Pool
    and draw are the same code as in `ShardRunner`. Calls from several threads take turns.

    A sampler with a seed counts its calls, and each call has noise of its own: equal seeds and equal calls give equal
    results, call by call. Each loader worker needs a sampler with another seed, made in the worker: copies of one
    sampler, as a fork makes them, would all draw the same, and a call of such a copy gives a RuntimeWarning. Workers
    that start anew, as PyTorch's do for each epoch, need other seeds again, such as `get_worker_info().seed`. A sampler
    cannot be pickled.
    """

    def __new__(cls, *, seed: int | None = None) -> Self:
        """Makes a sampler whose pool is empty.

        Args:
            seed: Seed of all calls, 0 to 2**64 - 1; None takes a new random seed for every call.
        """

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
        """Adds texts to the pool and, with `pop_prev`, draws a vocabulary and returns its pieces with scores.

        Args:
            map: Text -> number of times that the text counts; texts with 0 are left out.
            seed_size: Number of pieces to draw, with the fixed pieces; at least one substring is drawn.
            max_length: Length in bytes below which all substrings of this call's texts stay, 1 to 4096. It decides the
                number of fixed pieces, too: 256 bytes and 9 * (max_length - 1) white-space pieces, 391 at 16.
            stride: Step between the possible starts of substrings; None is 1.
            noise_std: Standard deviation of the noise on relative scores; None is 0.
            pop_prev: Whether the texts of the oldest call are removed from the pool before the draw, if there are any,
                and pieces are returned; None is True.
            push_current: Whether the texts of this call stay in the pool; None is True. If False, the pool is
                afterwards as it was before the call: the removed texts are in it again.
            seed: Seed of this call alone, for tests: a call with the same seed gives every substring the same noise,
                however many calls were before. None for the sampler's own.

        Returns:
            (piece, score): the 256 bytes with ln(lowest score / sum of scores), the white-space pieces with 0.0,
            then the drawn substrings with ln(noised score), by falling noised score. A substring whose noised score is
            not above 0 has -100000.0; if the pool is empty, the bytes have -100000.0. Lowest score and sum are over all
            substrings of the pool.

        Raises:
            ValueError: A count is negative, the noise is negative or not finite, the stride is 0, or the length is out
                of bounds.
            OverflowError: Scores exceed 64 bits; the sampler is then as it was before the call.
        """

@final
class ShardRunner:
    """Runner of one stream's shards, which keeps its pool between shards. Calls from several threads take turns."""

    def __new__(
        cls,
        languages: Sequence[tuple[str, float, TextColumn]],
        *,
        pooling: str,
        seed: int,
        language: str,
        pool: int,
        texts: TextRule,
        pool_size: PoolSize,
        vocabulary: VocabularyLaw,
    ) -> Self:
        """Makes a runner for one stream.

        Args:
            languages: Name, weight and rows of each language of the stream; one language if pools are separate.
            pooling: Way in which languages share pools, `separate`, `mixed` or `shared` (see `sampling.Pooling`).
            seed: Seed of the job, 0 to 2**64 - 1.
            language: Name of the stream: that of its language, or of all languages.
            pool: Index of the pool among those of that name, from 0.
            texts: Span, packing, crop and eos of the texts.
            pool_size: Numbers of texts in a stream batch, and of stream batches in the pool.
            vocabulary: Random size and noise of the vocabularies.

        Raises:
            ValueError: A parameter is out of its bounds (see `sampling`), a row is not UTF-8, or no row has text.
            TypeError: A field of a group has another type, or is negative or above 2**64 - 1.
            AttributeError: A group lacks a field.
            OSError: The column's file cannot be read.
        """

    def run(self, first_draw: int, draws: int) -> list[tuple[bytes, int, int]]:
        """Runs the draws from `first_draw` to `first_draw + draws`, which is not included, and counts their substrings.

        SPEC: section 2, "One draw". The counts do not depend on earlier calls. The pool needs no filling if the draws
        begin at the end of the draws of the last call.

        Args:
            first_draw: Number of draws of the stream before the shard.
            draws: Number of draws in the shard, below 2**32.

        Returns:
            (segment, shortfall, draws) of each language if the pool is shared, else one for all draws. The segment
            holds (substring, number of vocabularies that held the substring), packed, in code-point order of the mapped
            forms, without the fixed pieces. The shortfall is the number of substrings
            by which the vocabularies are smaller than their drawn sizes, because their pools had too few substrings.
            The third number is that of the draws.

        Raises:
            ValueError: The draws need texts beyond 2**64, or a row is not UTF-8.
            LookupError: Nearly all rows are empty.
            OSError: The column's file cannot be read.
            OverflowError: Scores exceed 64 bits.
        """

    def vocabulary(self, draw: int) -> tuple[int, float, list[tuple[str, float]], list[tuple[int, str]]]:
        """Runs the draw with the number `draw`, and returns its vocabulary.

        SPEC: section 2, "One draw" and "A batch's tokenizer". The vocabulary does not depend on earlier calls, and its
        substrings are those that `run` counts for this draw. The kept pool slides to a draw that is less than a pool's
        stream batches ahead, which takes less time than filling a new one.

        Returns:
            (language, noise, pieces, texts): the index of the draw's language if the pool is shared, else 0; the noise
            level; (piece, score) as `TokenizerSampler.sample_tokenizer` returns them; and (index of its language,
            text) of each text of the draw's newest stream batch, equal ones too.

        Raises:
            As for `run`.
        """

def count_turns(weights: Sequence[float], *, pooling: str, seed: int, pool: int, first: int, end: int) -> list[int]:
    """Returns the number of turns of each language among the turns from `first` to `end`, which is not included.

    A turn is a text of a mixed pool, or a stream batch of a shared pool (SPEC 2). Time: some 10 ns for each turn before
    `end`.

    Args:
        weights: Weights of the languages.
        pooling: `mixed` or `shared` (see `sampling.Pooling`).
        seed: Seed of the job.
        pool: Index of the pool, from 0.
        first: Index of the first turn.
        end: Index behind the last turn.

    Raises:
        ValueError: There is no language, a weight is not positive and finite, or languages have separate pools.
    """

def expected_occurrences(
    *,
    seed: int,
    language: str,
    pool: int,
    first_draw: int,
    draws: int,
    vocabulary: VocabularyLaw,
) -> int:
    """Returns the sum of the drawn sizes of a shard's vocabularies, without the fixed pieces.

    It is the sum of the counts in the shard's segment plus the shard's shortfall. No text is read. Time: some 0.3 µs a
    draw.

    Args:
        seed: Seed of the job.
        language: Name of the language.
        pool: Index of the pool among the language's, from 0.
        first_draw: Number of draws of the stream before the shard.
        draws: Number of draws in the shard.
        vocabulary: Random size of the vocabularies; its noise has no influence.

    Raises:
        ValueError: A parameter is out of its bounds (see `sampling`).
        TypeError: A field of `vocabulary` has another type, or is negative or above 2**64 - 1.
        AttributeError: `vocabulary` lacks a field.
        OverflowError: The number of a draw exceeds 64 bits.
    """

def read_segment(segment: Buffer) -> list[tuple[str, int]]:
    """Returns the (token, count) pairs of a segment, in code-point order of the tokens.

    Raises:
        ValueError: The segment is damaged.
        BufferError: The buffer is not contiguous.
    """

def survey_segment(segment: Buffer) -> tuple[int, int, list[tuple[int, int]]]:
    """Checks a segment, and returns the sums and the read points that a merge needs.

    Returns:
        (entries, occurrences, read points): the number of entries, the sum of their counts, and up to 256 points from
        which the segment can be read: (offset of an entry in bytes, key of the entry before this entry as a number).

    Raises:
        ValueError: The segment is damaged.
        BufferError: The buffer is not contiguous.
        OverflowError: The sum exceeds 64 bits.
    """

def verify_json(path: str | PathLike[str]) -> tuple[int, int]:
    """Reads the JSON file of a result, checks its form, and sums its counts.

    Only the form that `Frequencies.read` writes is accepted: one member a line, counts of at least 1 that never rise.
    The tokens are not checked.

    Returns:
        (number of tokens, sum of their counts).

    Raises:
        OSError: The file cannot be read.
        ValueError: The file has another form; the message begins with its path.
        OverflowError: The sum exceeds 64 bits.
    """

def sum_counts(counts: Buffer) -> tuple[int, int]:
    """Counts and sums little-endian uint64 numbers.

    Returns:
        (how many numbers are not 0, sum of all numbers). Bytes after the last whole number are left out.

    Raises:
        BufferError: The buffer is not contiguous.
    """

def count_draws(languages: Sequence[tuple[str, float]], *, seed: int, pools: int, batches: int) -> list[list[int]]:
    """Counts the draws of each language and pool in the first `batches` batches of a run (section 2, "Batch i").

    Args:
        languages: (name, weight) of each language; the weights are positive and finite.
        seed: Seed of the job.
        pools: Number of pools of each language, 1 to 65536.
        batches: Number of batches.

    Returns:
        For each language in the given order, the number of draws of each pool, by index of the pool.

    Raises:
        ValueError: There is no language, a weight is not positive and finite, or the pools are out of range.
    """

@final
class Frequencies:
    """Rows of the result: every token with its counts, by falling total count, then in code-point order."""

    def __new__(
        cls,
        segments: Sequence[tuple[str | PathLike[str], int, int, int, int, int, Sequence[tuple[int, int]]]],
        *,
        batches: Sequence[int],
        special_tokens: Sequence[str],
        spill: str | PathLike[str],
        memory: int,
        threads: int,
    ) -> Frequencies:
        """Merges segments in files, and sorts the rows of the result.

        Memory is about 128 MB to merge, then `memory` to sort; more only for more than 30,000 segments.

        Args:
            segments: (path, offset in the file in bytes, offset behind it, index of the language, entries, occurrences,
                read points) of each segment. A segment whose offset behind it lies beyond the end of the file reaches
                to that end. Entries, occurrences and read points are as `survey_segment` returns them. Files are open
                only while they are read.
            batches: Number of batches of each language; fixed pieces and special tokens count every batch.
            special_tokens: Tokens that every vocabulary held besides the fixed pieces; they are not mapped.
            spill: Path of the file for rows that exceed the memory. The file's name is removed as soon as the file is
                made.
            memory: Largest memory of rows in bytes. It never changes the result.
            threads: Largest number of threads, at least 1; at most 256 are used. It never changes the result.

        Raises:
            IndexError: `batches` has no number for the language of a segment.
            ValueError: A segment is damaged or does not have its sums; the message begins with its path. Or there are 0
                threads.
            OSError: A segment cannot be read, or rows cannot be written; the message begins with the path.
            OverflowError: A sum exceeds 64 bits.
        """

    def leave_out_below(self, min_count: int) -> None:
        """Leaves out all sampled tokens whose total count is below `min_count` from the rows that are read later."""

    def read(self, rows: int) -> tuple[bytes, bytes, bytes, bytes, list[bytes]] | None:
        """Returns the next rows of the result, each row once; None after the last row.

        Args:
            rows: Number of rows to return, at least 1; only the last call with rows returns fewer.

        Returns:
            (json, offsets, text, totals, counts): the rows' part of one JSON object of token -> total count, which all
            parts make together (the bytes of `json.dumps(..., indent=2, ensure_ascii=False)`); the tokens as Arrow
            buffers, rows + 1 little-endian int64 offsets and UTF-8 data; the total counts, and the counts in each
            language, as little-endian uint64.

        Raises:
            ValueError: Rows that were kept in a file are damaged, or `rows` is 0.
            OSError: The file of the rows cannot be read.
            OverflowError: The sum of all counts exceeds 64 bits.
        """

    @property
    def merged(self) -> list[int]:
        """For each language, the sum of all counts in its segments."""

    @property
    def expected(self) -> list[tuple[int, int]]:
        """For each language, (number of tokens, sum of their counts) in all rows of the result."""

    @property
    def written(self) -> list[tuple[int, int]]:
        """For each language, (number of tokens, sum of their counts) in the rows that have been read."""

    @property
    def left_out(self) -> tuple[int, int]:
        """(number of tokens that are left out, sum of their total counts), after the last row."""

    @property
    def left_out_of_languages(self) -> list[tuple[int, int]]:
        """For each language, (number of tokens that are left out, sum of their counts), after the last row."""

    @property
    def unique(self) -> int:
        """Number of tokens in the rows that have been read."""

    @property
    def occurrences(self) -> int:
        """Sum of the total counts in the rows that have been read."""

    @property
    def top(self) -> list[tuple[str, int]]:
        """First 20 tokens of the result with their total counts."""

    @property
    def top_of_languages(self) -> list[list[tuple[str, int]]]:
        """Up to 20 sampled tokens of each language with their counts in it, the highest first, then in code points."""

    @property
    def top_sampled(self) -> list[tuple[str, int]]:
        """First 20 tokens of the result that are neither fixed pieces nor special tokens, with their total counts."""

def locate_draws(
    languages: Sequence[tuple[str, float]], *, seed: int, pools: int, batches: Sequence[int]
) -> list[tuple[int, int, int]]:
    """Returns the draw of each batch: which language and pool it draws from, and after how many draws of these.

    Time: some 0.2 s for each million batches up to the last one.

    Args:
        languages: (name, weight) of each language; the weights are positive and finite.
        seed: Seed of the job.
        pools: Number of pools of each language, 1 to 65536.
        batches: Rising numbers of batches.

    Returns:
        (index of the language, index of the pool, number of earlier batches of both) of each batch.

    Raises:
        ValueError: There is no language, a weight is not positive and finite, the pools are out of range, or the
            numbers do not rise.
    """
