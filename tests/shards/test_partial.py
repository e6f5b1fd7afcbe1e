"""Partials: a file that is damaged or of another run is refused."""

import json
import os
import stat
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.packed import pack
from support.results import counted

from tokstats_parallel.errors import OutputError, TokstatsError
from tokstats_parallel.shards.partial import (
    FORMAT,
    ForeignPartialError,
    Partial,
    PartialError,
    SavedSegment,
    check,
    save,
)
from tokstats_parallel.shards.plan import Shard

SHARD = Shard("c", 0, 5, 5)
SEGMENT = pack({f"{number}!".encode(): number for number in range(1, 300)})
JOB, CORPUS = "6a" * 32, "b7" * 32


def saved(folder: Path, shard: Shard = SHARD) -> Path:
    return save(folder, shard, counted(shard, SEGMENT), job_digest=JOB, fingerprint=CORPUS)


def small(folder: Path) -> Path:
    return save(folder, SHARD, counted(SHARD, pack({b"ab": 3, b"c!": 300})), job_digest=JOB, fingerprint=CORPUS)


def long_segment(entries: int) -> bytes:
    return pack({f"{number:08x}".encode() + b"!": 1 + number % 300 for number in range(entries)})


def checked(path: Path, job_digest: str = JOB, fingerprints: dict[str, str] | None = None) -> Partial:
    return check(path, job_digest=job_digest, fingerprints=fingerprints or {"c": CORPUS, "go": "other"})


def test_a_saved_partial_can_be_checked(tmp_path: Path) -> None:
    path = saved(tmp_path)
    assert path == tmp_path / "c.0.5-10.partial"
    partial = checked(path)
    start = partial.segments[0].start
    assert partial.segments == (SavedSegment("c", 5, start, 2**64 - 1, 299, sum(range(1, 300))),)
    assert path.read_bytes()[start:] == SEGMENT
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_run_has_places_from_which_it_can_be_read(tmp_path: Path) -> None:
    """They are many for the merge and few for the head, for a segment of any length."""
    for entries, most in ((60_000, 16), (1_200_000, 256)):
        segment = long_segment(entries)
        path = save(tmp_path, SHARD, counted(SHARD, segment), job_digest=JOB, fingerprint=CORPUS)
        (partial,) = checked(path).segments
        assert most // 4 <= len(partial.read_points) <= most
        offsets, keys = zip(*partial.read_points, strict=True)
        assert sorted(offsets) == list(offsets)
        assert offsets[-1] < len(segment)
        assert sorted(keys) == list(keys)
        assert partial.start < 1 << 15


def test_the_shortfall_is_kept(tmp_path: Path) -> None:
    path = save(tmp_path, SHARD, counted(SHARD, SEGMENT, 2**70), job_digest=JOB, fingerprint=CORPUS)
    assert checked(path).shortfall == 2**70


def test_a_run_of_nothing_can_be_saved(tmp_path: Path) -> None:
    path = save(tmp_path, SHARD, counted(SHARD, b""), job_digest=JOB, fingerprint=CORPUS)
    (segment,) = checked(path).segments
    assert segment == SavedSegment("c", 5, path.stat().st_size, 2**64 - 1, 0, 0)


def test_a_damaged_run_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="damaged segment"):
        save(tmp_path, SHARD, counted(SHARD, SEGMENT[:-1]), job_digest=JOB, fingerprint=CORPUS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["日本語", "c++", "a b", "x.partial", "github-issues-filtered-structured"])
def test_every_language_can_be_saved(language: str, tmp_path: Path) -> None:
    shard = replace(SHARD, language=language)
    path = save(tmp_path, shard, counted(shard, SEGMENT), job_digest=JOB, fingerprint=CORPUS)
    assert checked(path, fingerprints={language: CORPUS}).shard == shard
    assert list(tmp_path.glob("*.partial")) == [path]


def test_the_same_shard_is_the_same_file(tmp_path: Path) -> None:
    before = saved(tmp_path).read_bytes()
    assert saved(tmp_path).read_bytes() == before


def refused(path: Path, message: str, kind: type[PartialError] = PartialError, **options: Any) -> None:
    with pytest.raises(kind, match=message) as caught:
        checked(path, **options)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "remove it" in line
    assert "\n" not in line


def test_another_job_is_refused(tmp_path: Path) -> None:
    refused(saved(tmp_path), r"another run \(other seed or config\)", ForeignPartialError, job_digest="00" * 32)


def test_another_corpus_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    for fingerprints in ({"c": "00" * 32}, {"go": CORPUS}):
        refused(path, r"another run \(other corpus of c\)", ForeignPartialError, fingerprints=fingerprints)


def test_both_are_named(tmp_path: Path) -> None:
    different = {"job_digest": "00" * 32, "fingerprints": {"c": "00" * 32}}
    refused(saved(tmp_path), "other seed or config, other corpus of c", ForeignPartialError, **different)


def test_another_format_is_refused(tmp_path: Path) -> None:
    """Only the first field of its head is known."""
    path = saved(tmp_path)
    with_head(path, format=FORMAT + 1)
    refused(path, rf"format: {FORMAT + 1} there, {FORMAT} here", ForeignPartialError)
    path.write_bytes(b'{"format": 77}\n')
    refused(path, "format: 77 there", ForeignPartialError)


def with_head(path: Path, **changes: Any) -> Path:
    line, _, segment = path.read_bytes().partition(b"\n")
    head = {key: value for key, value in (json.loads(line) | changes).items() if value is not ...}
    path.write_bytes(json.dumps(head).encode() + b"\n" + segment)
    return path


@pytest.mark.parametrize("value", [..., None, 1, "x", [], {}, -1])
def test_a_head_that_is_not_ours_is_refused(value: object, tmp_path: Path) -> None:
    path = save(tmp_path, SHARD, counted(SHARD, long_segment(20_000)), job_digest=JOB, fingerprint=CORPUS)
    whole = path.read_bytes()
    keys = list(json.loads(whole.partition(b"\n")[0]))
    assert {"format", "job", "corpus", "shard", "entries", "occurrences", "places", "lacking", "sha256"} <= set(keys)
    for key in keys:
        refused(with_head(path, **{key: value}), "partial")
        path.write_bytes(whole)


@pytest.mark.parametrize("field", ["language", "pool", "first_draw", "draws"])
@pytest.mark.parametrize("value", [None, "x", 1.5, [], -1, True])
def test_a_head_without_a_shard_is_refused(field: str, value: object, tmp_path: Path) -> None:
    """The file's name has the shard, so a head with another one is damaged."""
    refused(with_head(saved(tmp_path), shard=asdict(SHARD) | {field: value}), "partial")


def test_a_file_under_another_shards_name_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    refused(path.rename(path.with_name("c.0.10-15.partial")), "partial")


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, "partial")
    path.write_bytes(whole + b"\0")
    refused(path, "damaged")


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = small(tmp_path)
    whole = path.read_bytes()
    for place, bit in product(range(len(whole)), range(8)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        refused(path, "partial")
    path.write_bytes(whole)
    assert checked(path).shard == SHARD


def test_no_byte_can_be_left_out_or_doubled(tmp_path: Path) -> None:
    path = small(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + whole[place + 1 :])
        refused(path, "partial")
        path.write_bytes(whole[: place + 1] + whole[place:])
        refused(path, "partial")


@pytest.mark.parametrize(
    "other",
    [
        replace(SHARD, first_draw=10),
        replace(SHARD, draws=4),
        replace(SHARD, pool=1),
        replace(SHARD, language="go"),
    ],
    ids=str,
)
def test_no_shard_can_take_anothers_name(other: Shard, tmp_path: Path) -> None:
    path = saved(tmp_path)
    theirs = saved(tmp_path, other)
    theirs.replace(path)
    refused(path, f"holds shard {other}", fingerprints={"c": CORPUS, "go": CORPUS})


def test_a_head_that_is_nested_too_deep_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(b"[" * 60_000)
    refused(path, "damaged")


@given(st.binary(max_size=80))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.partial"
    path.write_bytes(raw)
    refused(path, "partial")


def test_a_partial_error_is_one_that_users_can_act_on() -> None:
    assert issubclass(PartialError, TokstatsError)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_save_leaves_nothing(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*{"fsync": (os, "fsync", fail), "replace": (Path, "replace", fail)}[failing])
        with pytest.raises(OutputError, match=r"partial: cannot be written \(No space .*make room and run") as caught:
            saved(tmp_path)
        assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path)

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OutputError, match=r"Input/output error.*see to the disk and run"):
            save(tmp_path, SHARD, counted(SHARD, b""), job_digest=JOB, fingerprint=CORPUS)
    assert checked(path).segments[0].entries == 299
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_has_its_name_when_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is flushed before it gets its name, and then the name is flushed."""
    flushed: list[int | str] = []

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        named = bool(list(tmp_path.glob("*.partial")))
        assert named is stat.S_ISDIR(status.st_mode)
        flushed.append("folder" if named else status.st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    size = saved(tmp_path).stat().st_size
    assert flushed == [size, "folder"]
