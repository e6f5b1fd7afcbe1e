"""The files of a result: their exact bytes, and that a path holds its old file, nothing, or the whole new one."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.old_result import OLD, write_old
from support.permissions import ordinary_permissions
from support.results import finish, save_partial
from support.runs import Watch, counts_of, largest_file, make_job, make_setup, run, without_threads

from tokstats_parallel import TokenStats, _native
from tokstats_parallel.config.job import ConfigFacts, Job
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.display.summary import Summary
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import OutputError
from tokstats_parallel.results import write
from tokstats_parallel.results.collected import Collected, RunFacts
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.verify import Totals, verify_files
from tokstats_parallel.shards.partial import Partial, check
from tokstats_parallel.shards.plan import plan
from tokstats_parallel.shards.streams import batches_per_language

ODD = (
    '"',
    "\\",
    '\\"',
    "\n",
    "\t\r\b\f",
    "\0",
    "\x1f",
    "\x7f",
    "\u2028",
    "/",
    "é",
    "汉字",
    "𐍈",
    "<s>",
    "'",
    "",
)


@dataclass(frozen=True)
class SavedRun:
    """The saved partials of a run, whose result can be written any number of times."""

    job: Job
    partials: tuple[Partial, ...]
    batches: dict[str, int]
    fingerprints: dict[str, str]

    def write(self, paths: OutputPaths, threads: int = 1, workers: int = 1, min_count: int = 1) -> Collected:
        facts = RunFacts(
            job=self.job,
            job_digest=self.job.digest(),
            batches=self.batches,
            fingerprints=self.fingerprints,
            workers=workers,
            min_count=min_count,
        )
        return finish(facts, self.partials, paths, seconds={"corpora": 0.5, "shards": 2.0}, threads=threads)


@pytest.fixture(scope="module")
def saved_run(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """A run with odd special tokens; one is a fixed piece, one a substring of the corpus."""
    folder = tmp_path_factory.mktemp("job")
    tokens = (*ODD, "Ġ", "Ġreturn", "ret")
    reference = Reference("</s>", tuple((token, index) for index, token in enumerate(tokens)))
    job = make_job(folder, reference=reference)
    task = make_setup(job, folder / "parts")
    fingerprints = {name: handle.fingerprint for name, handle in task.corpora.items()}
    with LocalEngine(1) as engine:
        paths = [path for _, path in engine.run(task, plan(job), Watch())]
    partials = [check(path, job_digest=task.job_digest, fingerprints=fingerprints) for path in paths]
    return SavedRun(job, tuple(partials), batches_per_language(job), fingerprints)


@pytest.fixture
def paths(tmp_path: Path) -> OutputPaths:
    return OutputPaths.of(tmp_path / "out.json")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Content of the files


def test_three_files_and_no_more(saved_run: SavedRun, paths: OutputPaths, tmp_path: Path) -> None:
    saved_run.write(paths)
    assert names(tmp_path) == {"out.json", "out.parquet", "out.manifest.json"}


def test_the_json_is_what_python_would_write(saved_run: SavedRun, paths: OutputPaths) -> None:
    collected = saved_run.write(paths)
    counts = counts_of(collected)
    assert len(counts) == collected.written.totals.tokens > 900
    ordered = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    assert paths.json.read_bytes() == json.dumps(ordered, indent=2, ensure_ascii=False).encode()


def test_without_a_thread_the_files_are_the_same(saved_run: SavedRun, paths: OutputPaths) -> None:
    saved_run.write(paths)
    whole = [path.read_bytes() for path in (paths.json, paths.parquet)]
    with without_threads():
        saved_run.write(paths, threads=2)
    assert [path.read_bytes() for path in (paths.json, paths.parquet)] == whole


def test_tokens_of_equal_count_are_in_code_point_order(saved_run: SavedRun, paths: OutputPaths) -> None:
    """This includes tokens beyond U+FFFF, which UTF-16 would order differently."""
    tokens = ["\U00010348", "\uffee", "a", "~", "\ue000"]
    job = replace(saved_run.job, reference=Reference("</s>", tuple((token, None) for token in tokens)))
    nothing = tuple(save_partial(paths.json.parent, one.shard, b"") for one in saved_run.partials)
    counts = counts_of(replace(saved_run, job=job, partials=nothing).write(paths))
    assert list(counts) == sorted({*tokens, *oracle.fixed_pieces()})
    assert set(counts.values()) == {150}


def test_odd_tokens_come_back(saved_run: SavedRun, paths: OutputPaths) -> None:
    counts = counts_of(saved_run.write(paths))
    assert {counts[token] for token in ODD} == {150}
    assert pq.read_table(paths.parquet)["token"].to_pylist() == list(counts)


def test_what_every_vocabulary_holds_counts_every_batch_once(saved_run: SavedRun, paths: OutputPaths) -> None:
    """This includes a special token that is a fixed piece, or a substring that vocabularies held anyway."""
    counts = counts_of(saved_run.write(paths))
    for token in (*oracle.fixed_pieces(), *ODD, "Ġreturn", "ret"):
        assert counts[token] == 150
    plain = counts_of(replace(saved_run, job=replace(saved_run.job, reference=Reference("</s>", ()))).write(paths))
    assert 0 < plain["Ġreturn"] < 150
    assert plain.get("ret", 0) < 150
    others = {token: count for token, count in counts.items() if token not in {*ODD, "Ġreturn", "ret"}}
    assert others.items() <= plain.items()


def test_no_token_counts_more_than_all_batches(saved_run: SavedRun, paths: OutputPaths) -> None:
    assert {0 < count <= 150 for count in counts_of(saved_run.write(paths)).values()} == {True}


def test_the_parquet_has_the_counts_of_every_language(saved_run: SavedRun, paths: OutputPaths) -> None:
    counts = counts_of(saved_run.write(paths))
    table = pq.read_table(paths.parquet)
    uint64 = pa.uint64()
    assert list(zip(table.column_names, table.schema.types, strict=True))[5:] == [
        ("count", uint64),
        ("count_python", uint64),
        ("count_markdown", uint64),
    ]
    assert all(column.null_count == 0 for column in table.columns)
    assert dict(zip(table["token"].to_pylist(), table["count"].to_pylist(), strict=True)) == counts
    languages = [table[f"count_{language}"].to_numpy() for language in saved_run.batches]
    assert np.array_equal(np.sum(languages, axis=0, dtype="u8"), table["count"].to_numpy())
    assert [int(column.max()) for column in languages] == list(saved_run.batches.values())
    row = table["token"].to_pylist().index("<s>")
    assert [int(column[row]) for column in languages] == list(saved_run.batches.values())


def test_occurrences_are_the_sum_of_the_counts(saved_run: SavedRun, paths: OutputPaths) -> None:
    collected = saved_run.write(paths)
    assert collected.written.totals.occurrences == sum(counts_of(collected).values())


def test_the_same_run_gives_the_same_bytes(saved_run: SavedRun, paths: OutputPaths, tmp_path: Path) -> None:
    other = OutputPaths.of(tmp_path / "other.json")
    saved_run.write(paths)
    saved_run.write(other, workers=7)
    assert paths.json.read_bytes() == other.json.read_bytes()
    assert paths.parquet.read_bytes() == other.parquet.read_bytes()


def test_the_manifest_says_what_the_run_was(saved_run: SavedRun, paths: OutputPaths) -> None:
    counts = counts_of(saved_run.write(paths))
    manifest = json.loads(paths.manifest.read_bytes())
    assert (
        manifest.items()
        >= {
            "format": 1,
            "config_digest": saved_run.job.digest(),
            "seed": 42,
            "sampling_version": _native.SAMPLING_VERSION,
            "unicode_version": _native.UNICODE_VERSION,
            "batches": 150,
            "batches_per_language": saved_run.batches,
            "unique_tokens": len(counts),
            "occurrences": sum(counts.values()),
            "occurrences_per_language": {
                language: sum(pq.read_table(paths.parquet)[f"count_{language}"].to_pylist())
                for language in ("python", "markdown")
            },
            "corpora": saved_run.fingerprints,
            "workers": 1,
        }.items()
    )
    assert list(manifest["batches_per_language"]) == ["python", "markdown"]
    assert manifest["versions"]["tokstats-parallel"] == _native.VERSION
    assert manifest["job"]["train_directory"] == str(saved_run.job.train_directory)
    assert manifest["job"]["window"] == 3
    assert manifest["job"]["pooling"] == "separate"
    assert set(manifest["seconds"]) >= {"corpora", "shards", "merge"}
    assert manifest["finished"].endswith("+00:00")


def test_the_manifest_says_what_was_decided(saved_run: SavedRun, paths: OutputPaths) -> None:
    facts = ConfigFacts(weights="equal", unknown_keys=("zzz",), defaults={"n_pools": 1})
    job = replace(saved_run.job, facts=facts)
    replace(saved_run, job=job).write(paths)
    manifest = json.loads(paths.manifest.read_bytes())
    assert manifest["config"] == {"weights": "equal", "unknown_keys": ["zzz"], "defaults": {"n_pools": 1}}
    assert manifest["config_digest"] == saved_run.job.digest()
    assert "facts" not in manifest["job"]


# Paths of the files


@pytest.mark.parametrize(
    ("typed", "parquet", "manifest"),
    [
        ("out.json", "out.parquet", "out.manifest.json"),
        ("out", "out.parquet", "out.manifest.json"),
        ("a.b.json", "a.b.parquet", "a.b.manifest.json"),
        ("counts.v2", "counts.v2.parquet", "counts.v2.manifest.json"),
    ],
)
def test_the_others_stand_beside_the_json(typed: str, parquet: str, manifest: str, tmp_path: Path) -> None:
    ours = OutputPaths.of(tmp_path / typed)
    assert ours.json == tmp_path / typed
    assert (ours.parquet, ours.manifest) == (tmp_path / parquet, tmp_path / manifest)
    assert len({ours.json, ours.parquet, ours.manifest, ours.work}) == 4
    assert names(tmp_path) == set()


def test_a_relative_path_is_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert OutputPaths.of(Path("out.json")).json == tmp_path / "out.json"


def refused(path: Path, message: str) -> None:
    with pytest.raises(OutputError, match=message) as caught:
        OutputPaths.of(path).check_writable()
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "missing" / "out.json", "missing: no such folder")
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "out.json", "file: no such folder")
    assert names(tmp_path) == {"file"}


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder")


@pytest.mark.parametrize("name", ["out.parquet", "out.manifest.json"])
def test_a_folder_in_the_place_of_another_file_is_refused(name: str, tmp_path: Path) -> None:
    """The error comes at the beginning, not after the run."""
    (tmp_path / name).mkdir()
    refused(tmp_path / "out.json", name)


def test_the_ending_of_the_parquet_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "out.parquet", "another ending")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def touch(_path: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", touch)
    refused(tmp_path / "out.json", "Read-only file system")


def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with ordinary_permissions():
        refused(tmp_path / "out.json", "Permission denied")


def test_a_folder_that_no_file_can_be_made_in_is_refused() -> None:
    refused(Path("/proc/out.json"), "/proc: cannot write here")


# Promise 5


def sizes(saved_run: SavedRun, folder: Path) -> dict[str, int]:
    folder.mkdir()
    saved_run.write(OutputPaths.of(folder / "out.json"))
    return {path.name: path.stat().st_size for path in folder.iterdir()}


one_and_two_threads = pytest.mark.parametrize("threads", [1, 2])


@pytest.mark.parametrize("old", [OLD, {}], ids=["old files", "no files"])
@pytest.mark.parametrize("full", ["at once", "in the Parquet", "in the JSON"])
@one_and_two_threads
def test_a_full_disk_leaves_the_old_files(
    threads: int, full: str, old: dict[str, bytes], saved_run: SavedRun, tmp_path: Path
) -> None:
    whole = sizes(saved_run, tmp_path / "whole")
    assert whole["out.manifest.json"] < whole["out.json"] < whole["out.parquet"] - 1
    limit = {
        "at once": 0,
        "in the Parquet": whole["out.parquet"] - 1,
        "in the JSON": whole["out.json"] - 1,
    }[full]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in old.items():
        (folder / name).write_bytes(content)
    with largest_file(limit), pytest.raises(OutputError, match="nothing is lost") as caught:
        saved_run.write(OutputPaths.of(folder / "out.json"), threads)
    assert str(folder / "out.") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == old


def failing(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def with_old_files(folder: Path) -> OutputPaths:
    write_old(folder / "out.json")
    return OutputPaths.of(folder / "out.json")


def is_old(folder: Path) -> bool:
    return {path.name: path.read_bytes() for path in folder.iterdir()} == OLD


def test_a_disk_that_does_not_flush_leaves_the_old_files(
    saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = with_old_files(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(OSError(5, "Input/output error")))
    with pytest.raises(OutputError, match="Input/output error"):
        saved_run.write(paths)
    assert is_old(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), ValueError("a defect")], ids=repr)
@one_and_two_threads
def test_an_interrupt_leaves_the_old_files(
    threads: int, error: BaseException, saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = with_old_files(tmp_path)
    monkeypatch.setattr(pq.ParquetWriter, "write_table", failing(error))
    with pytest.raises(type(error)):
        saved_run.write(paths, threads)
    assert is_old(tmp_path)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "nothing is left": lambda _: b"",
    "the end is missing": lambda whole: whole[:-1],
    "half of it is missing": lambda whole: whole[: len(whole) // 2],
    "something follows": lambda whole: whole + b"\n",
}
DAMAGES_OF_JSON: dict[str, Callable[[bytes], bytes]] = {
    "a byte is changed": lambda whole: whole[:99] + bytes([whole[99] ^ 1]) + whole[100:],
    "a count is another": lambda whole: whole[:-3] + b"2\n}",
    "the last line is missing": lambda whole: whole[: whole.rindex(b",")] + b"\n}",
    "a line is there twice": lambda whole: whole[: (at := whole.rindex(b",\n"))] + whole[at:-2] + whole[at:],
}


def damaging(name: str, damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Damages a file after it is written, before it is read again."""
    real = verify_files

    def damage_and_verify(json: Path, parquet: Path, languages: Sequence[str], *, threads: int) -> Totals:
        path = {"out.json": json, "out.parquet": parquet}[name]
        whole = path.read_bytes()
        assert damage(whole) != whole
        path.write_bytes(damage(whole))
        return real(json, parquet, languages, threads=threads)

    monkeypatch.setattr(write, "verify_files", damage_and_verify)


def not_written(saved_run: SavedRun, paths: OutputPaths, name: str) -> None:
    with pytest.raises(OutputError, match=r"nothing is replaced.*nothing is lost: see to the disk and run") as caught:
        saved_run.write(paths)
    assert "\n" not in str(caught.value)
    assert ".tmp" not in str(caught.value)
    assert str(paths.json.with_name(name)) in str(caught.value)
    assert is_old(paths.json.parent)


@pytest.mark.parametrize(
    ("name", "damage"),
    [*product(["out.json", "out.parquet"], DAMAGES), *(("out.json", damage) for damage in DAMAGES_OF_JSON)],
)
def test_a_finished_file_that_does_not_hold_what_was_written(
    name: str, damage: str, saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaging(name, (DAMAGES | DAMAGES_OF_JSON)[damage], monkeypatch)
    not_written(saved_run, with_old_files(tmp_path), name)


def not_read_again(
    saved_run: SavedRun, paths: OutputPaths, name: str, why: str, remedy: str = "see to the disk"
) -> None:
    for threads in (1, 2):
        with pytest.raises(OutputError) as caught:
            saved_run.write(paths, threads)
        assert str(caught.value) == (
            f"{paths.json.with_name(name)}: cannot be read again ({why}); "
            f"nothing is lost: {remedy} and run the same command again"
        )
        assert is_old(paths.json.parent)


@pytest.mark.parametrize(
    ("error", "why", "remedy"),
    [
        (OSError(5, "Input/output error"), "Input/output error", "see to the disk"),
        (
            pa.ArrowMemoryError("malloc of size 64 failed"),
            "Cannot allocate memory",
            "free memory (or raise `ulimit -v`)",
        ),
        (
            pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
            "Resource temporarily unavailable",
            "raise `ulimit -u` (processes and threads)",
        ),
    ],
    ids=str,
)
def test_a_finished_table_that_cannot_be_read_again(
    error: Exception, why: str, remedy: str, *, saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", failing(error))
    not_read_again(saved_run, with_old_files(tmp_path), "out.parquet", why, remedy)


def test_a_finished_json_that_cannot_be_read_again(
    saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core's error about a folder in its place has no number, and begins with the path."""
    real = verify_files

    def verify_a_folder(json: Path, parquet: Path, languages: Sequence[str], *, threads: int) -> Totals:
        json.rename(json.with_name("away"))
        json.mkdir()
        try:
            return real(json, parquet, languages, threads=threads)
        finally:
            json.rmdir()
            json.with_name("away").rename(json)

    monkeypatch.setattr(write, "verify_files", verify_a_folder)
    not_read_again(saved_run, with_old_files(tmp_path), "out.json", "Is a directory (os error 21)")


def changed(column: str) -> Callable[[bytes], bytes]:
    """A function that changes a Parquet: one more of the last token in `column`."""

    def change(whole: bytes) -> bytes:
        table = pq.read_table(pa.BufferReader(whole))
        numbers = table[column].to_pylist()
        numbers[-1] += 1
        index = table.column_names.index(column)
        sink = pa.BufferOutputStream()
        pq.write_table(table.set_column(index, table.schema.field(column), [pa.array(numbers, pa.uint64())]), sink)
        return bytes(sink.getvalue())

    return change


@pytest.mark.parametrize("column", ["count", "count_python", "count_markdown"])
def test_a_finished_table_with_another_count(
    column: str, saved_run: SavedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaging("out.parquet", changed(column), monkeypatch)
    with pytest.raises(OutputError, match=r"instead of|holds"):
        saved_run.write(with_old_files(tmp_path))
    assert is_old(tmp_path)


def test_a_file_is_whole_before_it_has_its_name(
    saved_run: SavedRun, paths: OutputPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is whole on the disk at every renaming."""
    tokens = len(counts_of(saved_run.write(paths)))
    whole = {"out.json": tokens, "out.parquet": tokens, "out.manifest.json": 0}
    renamed = []
    rename = Path.replace

    def replacing(self: Path, target: Path) -> Path:
        if target.suffix == ".parquet":
            assert pq.read_table(self).num_rows == whole[target.name]
        else:
            assert len(json.loads(self.read_bytes())) >= whole[target.name]
        renamed.append(target)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replacing)
    saved_run.write(paths)
    assert sorted(renamed) == sorted([paths.json, paths.parquet, paths.manifest])


def test_a_run_that_cannot_write_its_result_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job: Job = make_job(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(pq.ParquetWriter, "write_table", failing(OSError(28, "No space left on device")))
        with pytest.raises(OutputError, match="No space left on device"):
            run(job, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
    watch = Watch()
    run(job, tmp_path / "out.json", watch=watch)
    assert watch.saved
    assert watch.done == []
    assert (tmp_path / "out.json").exists()
    assert not (tmp_path / "out.json.work").exists()


# Least count


def test_rare_tokens_are_left_out_and_counted(saved_run: SavedRun, paths: OutputPaths, tmp_path: Path) -> None:
    """The fixed pieces and the special tokens stay, whatever the least count is."""
    whole = counts_of(saved_run.write(OutputPaths.of(tmp_path / "whole.json")))
    fixed = {*oracle.fixed_pieces(), *ODD, "Ġ", "Ġreturn", "ret"}
    for min_count in (2, 40, 10**9):
        collected = saved_run.write(paths, min_count=min_count)
        kept = {token: count for token, count in whole.items() if count >= min_count or token in fixed}
        assert list(counts_of(collected).items()) == list(kept.items())
        table = pq.read_table(paths.parquet)
        assert table["token"].to_pylist() == list(kept)
        manifest = json.loads(paths.manifest.read_bytes())
        assert manifest["min_count"] == min_count
        assert (manifest["unique_tokens"], manifest["occurrences"]) == (len(kept), sum(kept.values()))
        languages = [sum(table[f"count_{language}"].to_pylist()) for language in saved_run.batches]
        assert list(manifest["occurrences_per_language"].values()) == languages
        left_out = manifest["left_out"]
        assert left_out["tokens"] == len(whole) - len(kept)
        assert left_out["occurrences"] == sum(whole.values()) - sum(kept.values())
        assert sum(left_out["occurrences_per_language"].values()) == left_out["occurrences"]
        assert manifest["with_left_out"] == {"unique_tokens": len(whole), "occurrences": sum(whole.values())}
        summary = Summary.of(collected)
        assert (summary.unique_tokens, summary.total_occurrences) == (len(whole), sum(whole.values()))
        assert summary.average_per_batch == sum(whole.values()) / 150
        assert (summary.written_tokens, summary.written_occurrences) == (len(kept), sum(kept.values()))
        assert TokenStats.load(paths.json).counts == kept
    assert manifest["config_digest"] == saved_run.job.digest()


def test_without_a_least_count_nothing_is_said_of_it(saved_run: SavedRun, paths: OutputPaths) -> None:
    saved_run.write(paths)
    manifest = json.loads(paths.manifest.read_bytes())
    assert manifest["min_count"] == 1
    assert not {"left_out", "with_left_out"} & manifest.keys()
