"""Coverage of tokenizers by a small result, with every number worked by hand, for each format."""

import base64
import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from support.sentencepiece_models import BYTE, CONTROL, NORMAL, model
from support.small_result import small_result
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from tokstats_parallel import _native
from tokstats_parallel.answers.coverage import NOT_SEEN, Counts, Share
from tokstats_parallel.answers.impossible import Reason
from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.answers.pieces_in_result import coverage_of, find_rows, values_at
from tokstats_parallel.commands.answer_output import csv_text
from tokstats_parallel.results.token_stats import TokenStats

PIECES = {
    "\n": None,  # a byte
    "  ": None,  # a white-space piece
    " def": (4, 0),  # counts in the four batches of python, and in the two of go
    "ing": (2, 2),
    "त": (0, 1),
    " x": (4, 2),
    "zzz": NOT_SEEN,
    "a.b": Reason.BORDER,
    "abcdefghijklmnop": Reason.TOO_LONG,
    "कि": Reason.MARK,
    "\n{\n": Reason.TWO_BLANKS,
}
"""Piece -> None if it is fixed, counts by language, or the reason why it has none."""


def byte_level(path: Path) -> None:
    tokenizer = Tokenizer(models.BPE(numbered(_native.map_bytes(piece.encode()) for piece in PIECES), []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.save(str(path))


def unigram(path: Path) -> None:
    pieces = [("<unk>", 0.0), *((_native.map_bytes(piece.encode()), 0.0) for piece in PIECES)]
    tokenizer = Tokenizer(models.Unigram(pieces, 0))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.save(str(path))


def llama(path: Path) -> None:
    pieces = ["<0x0A>" if piece == "\n" else piece.replace(" ", "▁") for piece in PIECES]
    tokenizer = Tokenizer(models.BPE(numbered(["<s>", *pieces]), [], byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.add_special_tokens(["<s>"])
    tokenizer.save(str(path))


def sentencepiece(path: Path) -> None:
    pieces = [("<0x0A>", BYTE) if piece == "\n" else (piece.replace(" ", "▁"), NORMAL) for piece in PIECES]
    path.write_bytes(model([("<s>", CONTROL), *pieces]))


def word_pieces(path: Path) -> None:
    pieces = (piece[1:] if piece[:1] == " " and piece != "  " else f"##{piece}" for piece in PIECES)
    Tokenizer(models.WordPiece(numbered(["[UNK]", *pieces]), unk_token="[UNK]")).save(str(path))  # noqa: S106


def tiktoken(path: Path) -> None:
    path.write_bytes(b"".join(b"%b %d\n" % (base64.b64encode(p.encode()), n) for n, p in enumerate(PIECES)))


def numbered(pieces: Iterable[str]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(pieces)}


@pytest.fixture(scope="module")
def stats(tmp_path_factory: pytest.TempPathFactory) -> TokenStats:
    sampled = {piece.encode(): found for piece, found in PIECES.items() if isinstance(found, tuple)}
    python = {raw: count for raw, (count, _) in sampled.items() if count} | {b"other": 1}
    go = {raw: count for raw, (_, count) in sampled.items() if count}
    counts = {"python": (4, python), "go": (2, go), "java": (0, {})}
    return small_result(tmp_path_factory.mktemp("small") / "made", counts, ("<s>", "é", "pad"))


@pytest.mark.parametrize("write", [byte_level, unigram, llama, sentencepiece, word_pieces, tiktoken])
def test_the_numbers_by_hand(stats: TokenStats, tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "file")
    (found,) = coverage_of(stats, [find_pieces(str(tmp_path / "file"))]).tokenizers
    assert len(found.pieces.ids) == 11
    assert found.fixed.sum() == 2
    # Of the 9 others: 4/6, 4/6, 1/6, 6/6 and five zeros.
    assert found.share == Share(6, 4, 4 / 9, 15 / 9 / 6, (5, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1))
    assert found.language_shares == {
        "python": Share(4, 3, 3 / 9, 10 / 9 / 4, (6, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2)),
        "go": Share(2, 3, 3 / 9, 5 / 9 / 2, (6, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2)),
        "java": Share(0, 0, None, None, (9, *[0] * 11)),
    }
    reasons = {found.pieces.raw[index].decode(): reason for index, reason in found.reasons.items()}
    assert reasons == {piece: reason for piece, reason in PIECES.items() if isinstance(reason, str)}
    assert dict(found.never_sampled) == dict.fromkeys(reasons.values(), 1)
    assert [script.to_json() for script in found.scripts] == [
        {"script": "Devanagari", "pieces": 2, "joined": 1, "sampled": 1}
    ]


def test_json_and_csv(stats: TokenStats, tmp_path: Path) -> None:
    tiktoken(tmp_path / "file")
    coverage = coverage_of(stats, [find_pieces(str(tmp_path / "file"))] * 2)
    (one, other) = json.loads(json.dumps(coverage.to_json()))["tokenizers"]
    assert one == other
    assert one["total"]["mean_inclusion"] == 15 / 54
    assert one["languages"]["java"]["sampled_share"] is None
    coded = base64.b64encode(b"a.b").decode()
    assert one["never_sampled"]["across a pretoken's border"] == {
        "pieces": 1,
        "lowest_ids": [{"id": 7, "token": coded, "text": "a.b"}],
    }
    rows = list(csv.DictReader(io.StringIO(csv_text(coverage))))
    assert len(rows) == 22
    assert rows[2] == {
        "tokenizer": str(tmp_path / "file"),
        "id": "2",
        "token": base64.b64encode(b" def").decode(),
        "text": "␣def",
        "fixed": "false",
        "count": "4",
        "inclusion": str(4 / 6),
        "inclusion_python": "1.0",
        "inclusion_go": "0.0",
        "inclusion_java": "",
        "reason": "",
    }
    assert [row["reason"] for row in rows[6:11]] == list(filter(None, map(str, list(PIECES.values())[6:])))
    assert [row["fixed"] for row in rows[:3]] == ["true", "true", "false"]


def test_a_special_token_of_the_run_is_fixed(stats: TokenStats, tmp_path: Path) -> None:
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps(numbered(["<s>", "Ã©", "é", "pad", "Ġpad"])), "utf-8")
    (found,) = coverage_of(stats, [find_pieces(str(path))]).tokenizers
    assert found.fixed.tolist() == [True, True, True, True, False]  # é alone is the byte E9 there
    path.write_text(json.dumps(numbered(["é", "▁é"])), "utf-8")
    parquet = tmp_path / "alone.parquet"
    parquet.write_bytes(stats.paths.parquet.read_bytes())
    for one in (stats, TokenStats.load(parquet)):
        (found,) = coverage_of(one, [find_pieces(str(path))]).tokenizers
        assert found.fixed.tolist() == [True, False]


def test_a_json_alone_has_no_languages(stats: TokenStats, tmp_path: Path) -> None:
    alone = tmp_path / "alone.json"
    alone.write_bytes(stats.paths.json.read_bytes())
    sentencepiece(tmp_path / "file")
    (found,) = coverage_of(TokenStats.load(alone), [find_pieces(str(tmp_path / "file"))]).tokenizers
    assert found.share == Share(6, 4, 4 / 9, 15 / 9 / 6, (5, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1))
    assert found.languages == {}


def test_bins_have_their_upper_bound() -> None:
    counts = np.array([0, 1, 100, 101, 999, 1000])
    found = Share.of(Counts(1000, counts), np.ones(6, bool))
    assert found.histogram == (1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1)


def test_pieces_that_are_all_fixed_have_no_share() -> None:
    found = Share.of(Counts(10, np.array([10])), np.zeros(1, bool))
    assert found == Share(10, 0, None, None, (0,) * 12)


def test_rows_of_wanted_tokens_in_any_order_and_more_than_once() -> None:
    tokens = pa.chunked_array([["b", "a"], [], ["c", "d"]], pa.large_string())
    rows = find_rows(tokens, ["d", "x", "a", "d", "b"])
    assert rows.tolist() == [3, -1, 1, 3, 0]
    assert values_at(pa.chunked_array([[5], [6, 7, 8]], pa.uint64()), rows).tolist() == [8, 0, 6, 8, 5]
    assert find_rows(tokens, []).tolist() == []
