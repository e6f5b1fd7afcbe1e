"""The merge and its files equal a naive sum of dictionaries, sorted, for any memory and any order."""

import json
import resource
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import oracle
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.packed import pack
from support.results import batches_of, facts_of, finish, save_partial
from support.runs import SPECIAL_TOKENS, largest_file, limited, make_job

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.errors import OutputError
from tokstats_parallel.results import parquet
from tokstats_parallel.results.collected import WrittenResult
from tokstats_parallel.results.merge import MEMORY, merge
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.write import write_results
from tokstats_parallel.shards.partial import Partial, PartialError
from tokstats_parallel.shards.plan import Shard

Counts = Mapping[bytes, int]

LANGUAGES = ("python", "go", "c")
ALWAYS = {*oracle.fixed_pieces(), *(token for token, _ in SPECIAL_TOKENS)}
DRAWS = 3


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    languages = tuple(Language(name, 1.0) for name in LANGUAGES)
    return replace(make_job(tmp_path_factory.mktemp("job")), languages=languages)


def saved(folder: Path, shards: Iterable[tuple[str, Counts]]) -> list[Partial]:
    """Saves partials of these counts, each of three draws of a language."""
    return [
        save_partial(folder, Shard(language, 0, DRAWS * index, DRAWS), pack(counts))
        for index, (language, counts) in enumerate(shards)
    ]


@dataclass(frozen=True)
class Written:
    """The bytes of both files, the Parquet's rows, and the totals."""

    json: bytes
    parquet: bytes
    rows: list[tuple[str, int, tuple[int, ...]]]
    result: WrittenResult


def written(job: Job, folder: Path, partials: Sequence[Partial], memory: int = MEMORY, threads: int = 1) -> Written:
    facts, output = facts_of(job, batches_of(partials, LANGUAGES)), OutputPaths.of(folder / "out.json")
    result = finish(facts, partials, output, memory=memory, threads=threads).written
    names = ["token", "count", *(f"count_{language}" for language in LANGUAGES)]
    columns = [column.to_pylist() for column in pq.read_table(output.parquet).select(names).columns]
    rows = [(token, total, tuple(counts)) for token, total, *counts in zip(*columns, strict=True)]
    return Written(output.json.read_bytes(), output.parquet.read_bytes(), rows, result)


def naive(shards: Iterable[tuple[str, Counts]]) -> list[tuple[str, int, tuple[int, ...]]]:
    """Result rows (token, total, counts of the languages), by dictionaries and a sort."""
    counted, batches = Counter[tuple[str, str]](), Counter[str]()
    for language, counts in shards:
        batches[language] += DRAWS
        counted.update({(oracle.map_bytes(raw), language): count for raw, count in counts.items()})
    tokens = {token for token, _ in counted} | ALWAYS if batches else set()
    rows = []
    for token in tokens:
        of = batches if token in ALWAYS else {one: counted[token, one] for one in LANGUAGES}
        rows.append((token, sum(of.values()), tuple(of[one] for one in LANGUAGES)))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


raws = st.binary(min_size=1, max_size=3) | st.binary(min_size=1, max_size=15) | st.sampled_from([b"<s>", b"  ", b"a"])
shard_lists = st.lists(
    st.tuples(
        st.sampled_from(LANGUAGES), st.dictionaries(raws, st.integers(1, 4) | st.integers(1, 2**50), max_size=30)
    ),
    max_size=8,
)


@given(shard_lists, st.sampled_from([0, 1, 100, 1000, MEMORY]), st.sampled_from([1, 5, 100, 1 << 17]), st.randoms())
def test_the_result_is_the_naive_sum(
    job: Job, shards: list[tuple[str, Counts]], memory: int, group: int, random: object
) -> None:
    expected = naive(shards)
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        patched.setattr(parquet, "ROW_GROUP", group)
        folder = Path(name)
        partials = saved(folder, shards)
        random.shuffle(partials)  # type: ignore[attr-defined] # hypothesis gives it no type
        ours = written(job, folder, partials, memory)
    assert ours.rows == expected
    totals = {token: total for token, total, _ in expected}
    assert ours.json == json.dumps(totals, indent=2, ensure_ascii=False).encode()
    assert ours.result.totals.tokens == len(expected)
    assert ours.result.totals.occurrences == sum(totals.values())
    assert list(ours.result.top) == list(totals.items())[:20]
    assert list(ours.result.top_sampled) == [pair for pair in totals.items() if pair[0] not in ALWAYS][:20]
    assert list(ours.result.totals.languages) == [
        (sum(row[2][index] > 0 for row in expected), sum(row[2][index] for row in expected))
        for index in range(len(LANGUAGES))
    ]


def many(shards: int) -> list[tuple[str, Counts]]:
    """Shards with some counts of their own, and some that all shards have."""
    return [
        (LANGUAGES[shard % 3], {f"{n * (shard % 7):x}".encode() + b"!": 1 + n % 3 for n in range(200)})
        for shard in range(shards)
    ]


def test_memory_order_and_threads_do_not_change_the_bytes(job: Job, tmp_path: Path) -> None:
    shards = many(300)
    (tmp_path / "many").mkdir()
    partials = saved(tmp_path / "many", shards)
    whole = written(job, tmp_path, partials)
    assert whole.rows == naive(shards)
    for memory, threads in ((0, 1), (999, 3), (20_000, 2)):
        again = written(job, tmp_path, partials[::-1], memory, threads)
        assert (again.json, again.parquet) == (whole.json, whole.parquet)


def long_shards() -> list[tuple[str, Counts]]:
    return [
        (LANGUAGES[shard % 3], {f"{n * 7919 % 10**6:x}".encode() + b"!": 1 + n % 3 for n in range(shard, 60_000)})
        for shard in range(4)
    ]


def test_threads_do_not_change_the_bytes(job: Job, tmp_path: Path) -> None:
    """Segments here are long enough to be split into key ranges."""
    (tmp_path / "long").mkdir()
    partials = saved(tmp_path / "long", long_shards())
    assert all(one.segments[0].read_points for one in partials)
    one = written(job, tmp_path, partials)
    for memory, threads in ((MEMORY, 2), (1 << 20, 3), (MEMORY, 8)):
        again = written(job, tmp_path, partials, memory, threads)
        assert (again.json, again.parquet) == (one.json, one.parquet)
        assert again.result == one.result


def test_row_groups_have_a_fixed_size(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 100)
    rows = written(job, tmp_path, saved(tmp_path, many(2))).rows
    metadata = pq.read_metadata(tmp_path / "out.parquet")
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert sizes == [100] * (len(rows) // 100) + [len(rows) % 100]


def test_a_shard_counts_once(job: Job, tmp_path: Path) -> None:
    partials = saved(tmp_path, many(3))
    with pytest.raises(ValueError, match=rf"{partials[1].shard} are counted twice"):
        merge(job, batches_of(partials, LANGUAGES), [*partials, partials[1]], spill=tmp_path / "rows.tmp")


@pytest.mark.parametrize(("first", "draws"), [(0, 1), (2, 4), (5, 1), (0, 9)])
def test_a_draw_counts_once(first: int, draws: int, job: Job, tmp_path: Path) -> None:
    """This holds even if the number of draws equals the number of batches."""
    partials = saved(tmp_path, [("c", {b"xy": 1})] * 2)
    partials.append(save_partial(tmp_path, Shard("c", 0, first, draws), b""))
    assert "counted twice" in refused(job, partials, tmp_path, ValueError)


@pytest.mark.parametrize("change", [-1, 1])
def test_shards_have_as_many_draws_as_there_are_batches(change: int, job: Job, tmp_path: Path) -> None:
    partials = saved(tmp_path, [("c", {b"xy": 1}), ("go", {b"xy": 1})])
    batches = batches_of(partials, LANGUAGES)
    batches["go"] += change
    with pytest.raises(ValueError, match=f"go: {batches['go']} batches, but shards of 3"):
        merge(job, batches, partials, spill=tmp_path / "rows.tmp")


def test_more_files_than_may_be_open(job: Job, tmp_path: Path) -> None:
    """The limit of open files is one that the program itself barely fits in."""
    shards = [("c", {b"xy": 1})] * 200
    (tmp_path / "many").mkdir()
    partials = saved(tmp_path / "many", shards)
    with limited(resource.RLIMIT_NOFILE, 100):
        assert written(job, tmp_path, partials).rows == naive(shards)


# What goes wrong


def refused(job: Job, partials: Sequence[Partial], folder: Path, error: type[Exception], **options: int) -> str:
    with pytest.raises(error) as caught:
        merge(job, batches_of(partials, LANGUAGES), partials, spill=folder / "rows.tmp", **options)
    assert not (folder / "rows.tmp").exists()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("damage", ["truncated", "longer", "changed", "another count"])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_partial_that_is_damaged_after_its_check_is_named(
    damage: str, threads: int, job: Job, tmp_path: Path
) -> None:
    partials = saved(tmp_path, long_shards())
    assert all(one.segments[0].read_points for one in partials)  # so each is read in several ranges
    path = partials[3].path
    whole = path.read_bytes()
    middle = (partials[3].segments[0].start + len(whole)) // 2
    path.write_bytes(
        {
            "truncated": whole[:middle],
            "longer": whole + b"\xf0",
            "changed": whole[:middle] + bytes(20) + whole[middle:],
            "another count": whole[:-1] + bytes([whole[-1] ^ 8]),
        }[damage]
    )
    message = refused(job, partials, tmp_path, PartialError, threads=threads)
    assert message.startswith(f"{path}: ")
    assert "remove it and run again" in message


def test_a_partial_that_is_gone_is_named(job: Job, tmp_path: Path) -> None:
    partials = saved(tmp_path, many(5))
    partials[3].path.unlink()
    assert refused(job, partials, tmp_path, OutputError).startswith(f"{partials[3].path}: ")


def test_a_disk_that_is_full_while_rows_are_sorted(job: Job, tmp_path: Path) -> None:
    partials = saved(tmp_path, many(5))
    with largest_file(100):
        message = refused(job, partials, tmp_path, OutputError, memory=500)
    assert message.startswith(f"{tmp_path / 'rows.tmp'}: ")
    assert "nothing is lost: make room" in message


def test_a_folder_without_room_for_the_rows(job: Job, tmp_path: Path) -> None:
    partials = saved(tmp_path, many(5))
    assert "missing" in refused(job, partials, tmp_path / "missing", OutputError, memory=500)


@pytest.mark.parametrize("counts", [{b"xy": 2**64 - 1}, {b"xy": 2**63, b"zz": 2**63}], ids=["count", "sum"])
def test_sums_beyond_64_bits_are_errors(counts: Counts, job: Job, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    if len(counts) > 1:
        with pytest.raises(OverflowError):
            saved(tmp_path, [("c", counts)])
        return
    partials = saved(tmp_path, [("c", counts), ("go", counts)])
    with pytest.raises(OverflowError):
        merge(job, batches_of(partials, LANGUAGES), partials, spill=tmp_path / "rows.tmp")


class Wrong:
    """A core that loses a count."""

    def __init__(self, *_: object, **options: Sequence[int]) -> None:
        self.merged = [0 for _ in options["batches"]]
        self.expected, self.written, self.left_out_of_languages = [(1, 1)], [(1, 0)], [(0, 0)]

    def leave_out_below(self, _min_count: int) -> None:
        return None

    def read(self, _rows: int) -> None:
        return None


def test_a_merge_that_loses_a_count_is_noticed(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    partials = saved(tmp_path, [("c", {b"xy": 5})])
    monkeypatch.setattr(_native, "Frequencies", Wrong)
    assert refused(job, partials, tmp_path, OutputError).startswith("c: merged counts add up to 0, ")


def test_a_result_that_loses_a_count_is_not_written(job: Job, tmp_path: Path) -> None:
    output = OutputPaths.of(tmp_path / "out.json")
    wrong: _native.Frequencies = Wrong(batches=[1])  # type: ignore[assignment]
    with pytest.raises(OutputError, match="do not add up"):
        write_results(wrong, facts_of(job, {"c": 1}), output, seconds={})
    assert list(tmp_path.iterdir()) == []
