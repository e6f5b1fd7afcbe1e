"""Whole runs: resumed, refused, restarted, and the files on the disk in between."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.permissions import ordinary_permissions

from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare import collect_language
from tokstats_parallel.prepare.lock import hold_lock
from tokstats_parallel.prepare.manifest import load
from tokstats_parallel.prepare.options import FilesOptions, FolderOptions, PrepareOptions
from tokstats_parallel.prepare.report import PrepareReport
from tokstats_parallel.prepare.run import prepare
from tokstats_parallel.prepare.sources import jsonl
from tokstats_parallel.prepare.writer import sha256_of

ROWS = 2_000
NULLS = -(-ROWS // 9)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_language, "PART_BYTES", 2_000)
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", 5_000)
    # Flushing to the disk takes most of the time of so many small files; what a flush is for is not tested here.
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def options(tmp_path: Path) -> PrepareOptions:
    """1,000 training rows behind 100 validation rows, of a file with 2,000."""
    lines = [json.dumps({"text": f"row {row} " + "x" * (row % 50) if row % 9 else None}) for row in range(ROWS)]
    (tmp_path / "go.jsonl").write_text("\n".join(lines))
    return PrepareOptions(
        languages=("go",),
        source=FilesOptions(form="jsonl", path=tmp_path),
        train_directory=tmp_path / "train",
        valid_directory=tmp_path / "valid",
        max_rows=1_000,
        valid_percent=10,
    )


class Notes(PrepareReport):
    """Keeps the notices; calls `fail` at each step of a phase."""

    def __init__(self, fail: Callable[[], None] = lambda: None, phase: str = "go") -> None:
        super().__init__(None)
        self.lines: list[str] = []
        self._fail = fail
        self._failing_phase = phase
        self._phase = ""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        del rows, text_bytes, asked
        self._phase = language

    def advance(self, rows: int, text_bytes: int) -> None:
        del rows, text_bytes
        if self._phase == self._failing_phase:
            self._fail()

    def note(self, line: str) -> None:
        self.lines.append(line)


def run(options: PrepareOptions, report: Notes | None = None) -> int:
    return prepare(options, report=report or Notes(), console=PatientConsole(file=StringIO()))


def checksums(options: PrepareOptions) -> list[str]:
    return [sha256_of(path) for path in options.final_paths("go").values()]


def work_folder(options: PrepareOptions) -> Path:
    return options.train_directory / ".prepare" / "go"


def stop_after(steps: int, phase: str = "go") -> Notes:
    left = iter(range(steps))

    def fail() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return Notes(fail, phase)


def test_a_run_that_stops_anywhere_ends_with_the_same_bytes(options: PrepareOptions, tmp_path: Path) -> None:
    run(options)
    expected = checksums(options)
    assert pq.read_table(options.final_paths("go")["valid"]).num_rows == 100
    assert pq.read_table(options.final_paths("go")["train"]).num_rows == 1_000
    for steps in (3, 5, 8):
        again = replace(options, train_directory=tmp_path / f"t{steps}", valid_directory=tmp_path / f"v{steps}")
        stops = 0
        while not again.final_paths("go")["train"].exists():
            try:
                # The first stop comes before anything is done; a part takes at most three steps.
                run(again, stop_after(steps if stops else 0))
            except KeyboardInterrupt:
                stops += 1
        assert stops > 2
        assert checksums(again) == expected


@pytest.mark.parametrize("steps", [0, 5, 20])
def test_a_run_that_stops_in_its_final_files(options: PrepareOptions, steps: int) -> None:
    run(options)
    expected = checksums(options)
    anew = replace(options, restart=True)
    with pytest.raises(KeyboardInterrupt):
        run(anew, stop_after(steps, "go, final files"))
    run(options)
    assert checksums(options) == expected
    assert not list(options.train_directory.glob(".*.tmp"))


def test_nothing_but_the_manifest_is_left(options: PrepareOptions) -> None:
    run(options)
    assert sorted(path.name for path in work_folder(options).iterdir()) == ["lock", "manifest.json"]
    assert sorted(path.name for path in options.train_directory.iterdir()) == [".prepare", "go.parquet"]
    manifest = load(work_folder(options))
    assert manifest is not None
    assert manifest.done["train"].sha256 == sha256_of(options.final_paths("go")["train"])
    assert manifest.all_left_out() == {"null": 138}


def test_a_second_call_does_nothing(options: PrepareOptions, tmp_path: Path) -> None:
    run(options)
    before = options.final_paths("go")["train"].stat().st_mtime_ns
    (tmp_path / "go.jsonl").unlink()
    report = Notes()
    assert run(options, report) == 0
    assert report.lines == ["go: already there; --restart makes it anew"]
    assert options.final_paths("go")["train"].stat().st_mtime_ns == before


def test_a_final_file_that_changed_is_made_anew(options: PrepareOptions) -> None:
    run(options)
    expected = checksums(options)
    options.final_paths("go")["valid"].unlink()
    report = Notes()
    run(options, report)
    assert checksums(options) == expected
    assert report.lines == ["go: its files are not as they were made, so they are made anew"]


@pytest.mark.parametrize("damage", ["cut", "change", "remove", "stray"])
def test_damaged_parts_are_read_again(options: PrepareOptions, damage: str) -> None:
    run(options)
    expected = checksums(options)
    anew = replace(options, restart=True)
    with pytest.raises(KeyboardInterrupt):
        run(anew, stop_after(15))
    manifest = load(work_folder(options))
    assert manifest is not None
    assert len(manifest.parts) > 3
    path = work_folder(options) / manifest.parts[2].name
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[:-1])
        case "change":
            path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
        case "remove":
            path.unlink()
        case "stray":
            path.with_name("train-000099.arrow").write_bytes(content)
            path.with_name(".train-000007.arrow.tmp").write_bytes(content[:50])
            path.with_name(".train-000008.arrow.tokstats.tmp").write_bytes(content[:50])
    run(options)
    assert checksums(options) == expected


def test_other_options_are_refused_until_restart(options: PrepareOptions) -> None:
    run(options)
    other = replace(options, max_rows=200)
    with pytest.raises(PrepareError, match=r"other options \(max_rows, valid_rows\); .*--restart"):
        run(other)
    run(replace(other, restart=True))
    assert pq.read_table(options.final_paths("go")["train"]).num_rows == 200


def test_a_run_without_a_row_blocks_nothing(options: PrepareOptions, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("not JSON\n")
    wrong = replace(options, source=FilesOptions(form="jsonl", path=bad))
    with pytest.raises(PrepareError, match="line 1 is not JSON"):
        run(wrong)
    with pytest.raises(PrepareError, match="no such file"):
        run(replace(options, source=FilesOptions(form="jsonl", path=tmp_path / "none.jsonl")))
    bad.write_text("still not JSON\n")
    with pytest.raises(PrepareError, match="line 1 is not JSON"):
        run(wrong)
    assert run(options) == 0
    with pytest.raises(PrepareError, match=r"other options \(source\)"):
        run(wrong)


def test_rows_that_were_all_left_out_block_nothing(options: PrepareOptions, tmp_path: Path) -> None:
    nulls = tmp_path / "nulls.jsonl"
    nulls.write_text('{"text": null}\n')
    with pytest.raises(PrepareError, match="no row for training"):
        run(replace(options, source=FilesOptions(form="jsonl", path=nulls)))
    assert run(options) == 0
    assert sorted(path.name for path in work_folder(options).iterdir()) == ["lock", "manifest.json"]


def test_an_empty_run_that_was_a_restart_keeps_the_right_to_the_files(options: PrepareOptions, tmp_path: Path) -> None:
    run(options)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("not JSON\n")
    with pytest.raises(PrepareError, match="line 1 is not JSON"):
        run(replace(options, source=FilesOptions(form="jsonl", path=bad), restart=True))
    assert run(options) == 0


def test_a_changed_source_is_refused(options: PrepareOptions, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(options, stop_after(3))
    (tmp_path / "go.jsonl").write_text('{"text": "other"}\n')
    with pytest.raises(PrepareError, match="source changed since the run began; begin anew with --restart"):
        run(options)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("split", ["train", "valid"])
def test_files_of_others_are_not_overwritten(
    options: PrepareOptions, split: Literal["train", "valid"], restart: bool
) -> None:
    path = options.final_paths("go")[split]
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(PrepareError, match="not made by this command"):
        run(replace(options, restart=restart))
    assert path.read_text() == "mine"


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("state", ["done", "begun", "empty"])
def test_a_file_that_others_put_in_the_place_of_ours_stays(
    options: PrepareOptions, tmp_path: Path, state: str, restart: bool
) -> None:
    path = options.final_paths("go")["train"]
    if state == "done":
        run(options)
    elif state == "begun":
        with pytest.raises(KeyboardInterrupt):
            run(options, stop_after(5))
    else:
        (tmp_path / "bad.jsonl").write_text("not JSON")
        with pytest.raises(PrepareError, match="not JSON"):
            run(replace(options, source=FilesOptions(form="jsonl", path=tmp_path / "bad.jsonl")))
    mine = pa.table({"text": ["mine"]})
    if state == "done":  # with the metadata of the file that it comes from
        mine = mine.replace_schema_metadata(pq.read_metadata(path).metadata)
    pq.write_table(mine, path)
    with pytest.raises(PrepareError, match="not made by this command, or changed since; move it away"):
        run(replace(options, restart=restart))
    assert pq.read_table(path)["text"].to_pylist() == ["mine"]


def test_our_file_of_another_call_needs_a_restart(options: PrepareOptions) -> None:
    run(options)
    expected = checksums(options)
    (work_folder(options) / "manifest.json").unlink()
    with pytest.raises(PrepareError, match="made by another call of this command; replace it with --restart"):
        run(options)
    run(replace(options, restart=True))
    assert checksums(options) == expected


def test_a_result_that_is_the_source_is_refused(options: PrepareOptions, tmp_path: Path) -> None:
    run(options)
    own = replace(options, source=FilesOptions(form="parquet", path=tmp_path / "train"), max_rows=5, restart=True)
    before = checksums(options)
    with pytest.raises(PrepareError, match=r"train/go\.parquet: is the source, too; give another --out-train-dir"):
        run(own)
    assert checksums(options) == before


def test_a_manifest_that_is_none(options: PrepareOptions) -> None:
    run(options)
    for text in ("{", "[" * 10**5, "[]", '{"format": 0}', '{"format": 1}'):
        (work_folder(options) / "manifest.json").write_text(text)
        with pytest.raises(PrepareError, match="not a manifest of this version; run again with --restart"):
            run(options)
    run(replace(options, restart=True))


def test_a_pipe_in_the_place_of_the_manifest(options: PrepareOptions) -> None:
    work_folder(options).mkdir(parents=True)
    os.mkfifo(work_folder(options) / "manifest.json")
    with pytest.raises(PrepareError, match=r"manifest\.json: it is a pipe, not a file; remove it"):
        run(options)


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_folders_and_files_whose_names_are_not_utf8(
    options: PrepareOptions, tmp_path: Path, form: Literal["jsonl", "parquet"]
) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    name = os.fsdecode(b"langue\xff")
    with (folder / f"{name}.parquet").open("wb") as file:
        pq.write_table(pa.table({"text": ["a", "b"]}), file)
    (folder / f"{name}.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n')
    odd = replace(
        options,
        languages=(name,),
        source=FilesOptions(form=form, path=folder),
        train_directory=folder / "t",
        valid_directory=folder / "v",
        max_rows=None,
    )
    assert run(odd) == 0
    assert run(replace(odd, restart=True)) == 0
    for split, path in odd.final_paths(name).items():
        with path.open("rb") as written:
            assert pq.read_table(written)["text"].to_pylist() == [{"valid": "a", "train": "b"}[split]]


def test_two_runs_at_once(options: PrepareOptions) -> None:
    work_folder(options).mkdir(parents=True)
    with hold_lock(work_folder(options)), pytest.raises(PrepareError, match="another run is at work here"):
        run(options)
    run(options)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("name", ["notes.txt", "train-1.arrow", "train-000000.arrow.bak", ".notes.tmp"])
def test_files_of_others_in_the_working_folder_stay(name: str, restart: bool, options: PrepareOptions) -> None:
    folder = options.train_directory / ".prepare" / "go"
    folder.mkdir(parents=True)
    (folder / name).write_text("mine")
    run(options)
    run(replace(options, restart=restart))
    assert (folder / name).read_text() == "mine"


@pytest.mark.parametrize("name", [".prepare/go/.valid-000000.arrow.tokstats.tmp", ".go.parquet.tokstats.tmp"])
def test_a_full_disk(options: PrepareOptions, name: str) -> None:
    path = options.train_directory / name
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    with pytest.raises(PrepareError, match="the disk is full; free some space, then give the same command") as caught:
        run(options)
    assert "\n" not in str(caught.value)
    assert not options.final_paths("go")["train"].exists()
    assert run(options) == 0


def test_a_folder_that_cannot_be_written(options: PrepareOptions, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with (
        ordinary_permissions(),
        pytest.raises(PrepareError, match="Permission denied; allow it, or give another folder"),
    ):
        run(options)
    tmp_path.chmod(0o700)


def test_an_output_that_is_a_file(options: PrepareOptions, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PrepareError, match="give another folder"):
        run(replace(options, train_directory=tmp_path / "file"))
    for changed in (
        replace(options, train_directory=tmp_path / "file"),
        replace(options, train_directory=tmp_path / "file" / "inner"),
        replace(options, valid_directory=tmp_path / "file"),
    ):
        with pytest.raises(PrepareError, match="file: is a file, not a folder; give another folder"):
            run(changed)


def test_a_short_language(options: PrepareOptions) -> None:
    report = Notes()
    assert run(replace(options, max_rows=1_700), report) == 3
    assert report.lines == ["go: the source ends 93 rows short of 1,870"]


def rows_of(options: PrepareOptions) -> dict[str, list[str]]:
    return {split: pq.read_table(path)["text"].to_pylist() for split, path in options.final_paths("go").items()}


def test_validation_takes_its_percentage_of_the_rows_that_are_found(options: PrepareOptions, tmp_path: Path) -> None:
    found = [f"row {row} " + "x" * (row % 50) for row in range(ROWS) if row % 9]
    whole = replace(options, max_rows=None)
    assert run(whole) == 0
    assert rows_of(whole) == {"valid": found[:177], "train": found[177:]}
    again = Notes()
    assert run(whole, again) == 0
    assert again.lines == ["go: already there; --restart makes it anew"]
    with pytest.raises(PrepareError, match=r"other options \(valid_rows\)"):
        run(replace(whole, valid_percent=20))
    # Fewer rows than were asked for: validation takes no more than its share of them.
    short = replace(options, max_rows=20_000, train_directory=tmp_path / "t", valid_directory=tmp_path / "v")
    assert run(short) == 3
    assert rows_of(short) == rows_of(whole)


@pytest.mark.parametrize("stop", [0, 4, 9])
def test_a_percentage_of_what_is_found_is_the_same_after_a_stop(
    options: PrepareOptions, tmp_path: Path, stop: int
) -> None:
    whole = replace(options, max_rows=None, valid_percent=33.3)
    run(whole)
    other = replace(whole, train_directory=tmp_path / "t", valid_directory=tmp_path / "v")
    with pytest.raises(KeyboardInterrupt):
        run(other, stop_after(stop))
    with pytest.raises(KeyboardInterrupt):
        run(other, stop_after(stop, "go, final files"))
    run(other)
    assert checksums(other) == checksums(whole)


@pytest.mark.parametrize(("rows", "valid"), [(1, 0), (2, 1), (50, 1), (199, 1), (200, 2)])
def test_a_small_percentage_of_few_rows_is_a_row(tmp_path: Path, rows: int, valid: int) -> None:
    (tmp_path / "go.jsonl").write_text('{"text": "x"}\n' * rows)
    options = PrepareOptions(
        languages=("go",),
        source=FilesOptions(form="jsonl", path=tmp_path),
        train_directory=tmp_path / "train",
        valid_directory=tmp_path / "valid",
    )
    report = Notes()
    assert run(options, report) == 0
    assert pq.read_metadata(tmp_path / "train" / "go.parquet").num_rows == rows - valid
    assert (tmp_path / "valid" / "go.parquet").exists() == bool(valid)
    assert report.lines == ([] if valid else ["go: has a single row, so there is no validation file"])


def test_all_rows_where_none_are_asked_for(options: PrepareOptions) -> None:
    everything = replace(options, max_rows=None, valid_directory=None)
    assert run(everything) == 0
    assert pq.read_table(options.final_paths("go")["train"]).num_rows == ROWS - NULLS


@pytest.mark.parametrize("block", [100, 5_000])
def test_a_limit_of_bytes_does_not_depend_on_blocks(
    options: PrepareOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", block)
    limited = replace(options, max_rows=None, valid_directory=None, max_bytes=3_000)
    assert run(limited) == 0
    sizes = [len(text) for text in pq.read_table(tmp_path / "train" / "go.parquet")["text"].to_pylist()]
    assert sum(sizes) >= 3_000 > sum(sizes[:-1])


def test_a_damaged_local_file_is_named(options: PrepareOptions, tmp_path: Path) -> None:
    path = tmp_path / "go.parquet"
    pq.write_table(pa.table({"text": ["x" * 1000] * 100}), path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(PrepareError, match=r"go\.parquet: cannot be read .*damaged or cut off"):
        run(replace(options, source=FilesOptions(form="parquet", path=tmp_path)))


def test_the_options_of_a_run_are_checked_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        PrepareOptions(
            languages=("a/b", "a/b", "\u20ac" * 67),
            source=FolderOptions(roots=(tmp_path,)),
            train_directory=tmp_path,
            valid_directory=tmp_path,
            max_rows=0,
            valid_percent=101,
        )
    line = str(caught.value)
    for fault in (
        "named twice",
        "holds no '/'",
        "at most 200 bytes",
        "at least 1",
        "from 0 to 100",
        "must not be --out-train-dir",
    ):
        assert fault in line
