"""Data sets on the hub: rows, faults that pass, faults that do not."""

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub.errors import (
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from support.hub_double import BASE, COMMIT, REPO, Faults, FaultyFiles, folder_hub, http_error, http_hub, make_dataset

from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.manifest import load
from tokstats_parallel.prepare.options import HubOptions, PrepareOptions
from tokstats_parallel.prepare.run import prepare
from tokstats_parallel.prepare.sources import parquet
from tokstats_parallel.prepare.sources.hub import HubAccess, real_access


def run(options: PrepareOptions, hub: HubAccess, **retry: object) -> int:
    waits = {"attempts": 20, "sleep": lambda _seconds: None} | retry
    return prepare(options, hub=hub, retry=Retry(**waits), console=PatientConsole(file=StringIO()))  # type: ignore[arg-type]


def options_for(folder: Path, *languages: str, **changes: object) -> PrepareOptions:
    options = PrepareOptions(languages=languages, source=HubOptions(), train_directory=folder / "train")
    return replace(options, **changes)  # type: ignore[arg-type]


def texts_of(path: Path) -> list[str]:
    table = pq.read_table(path)
    assert table.schema == pa.schema([pa.field("text", pa.string())])
    texts: list[str] = table["text"].to_pylist()
    return texts


def test_validation_rows_come_first_then_training_rows(tmp_path: Path) -> None:
    texts = make_dataset(tmp_path, "python")
    options = options_for(tmp_path, "python", max_rows=1000, valid_directory=tmp_path / "valid", valid_percent=2.5)
    assert run(options, folder_hub(tmp_path)) == 0
    assert texts_of(tmp_path / "valid" / "python.parquet") == texts[:25]
    assert texts_of(tmp_path / "train" / "python.parquet") == texts[25:1025]


def test_over_http_with_the_real_client(tmp_path: Path) -> None:
    texts = make_dataset(tmp_path, "go")
    with http_hub(tmp_path) as address:
        assert run(options_for(tmp_path, "go", max_rows=2900), real_access(address)) == 0
    assert texts_of(tmp_path / "train" / "go.parquet") == texts[:2900]
    manifest = load(tmp_path / "train" / ".prepare" / "go")
    assert manifest is not None
    assert manifest.version == COMMIT


@pytest.mark.parametrize("whole", [parquet.WHOLE_BYTES, 0], ids=["fetched-ahead", "streamed"])
def test_faults_that_pass_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int) -> None:
    monkeypatch.setattr(parquet, "WHOLE_BYTES", whole)
    monkeypatch.setattr(parquet, "CHUNK_ROWS", 40)
    texts = make_dataset(tmp_path, "python")
    seed = int(os.environ["TEST_SEED"])
    faults = Faults(share=0.3, first=1, seed=seed)
    assert run(options_for(tmp_path, "python", max_rows=3000), folder_hub(tmp_path, faults)) == 0
    assert texts_of(tmp_path / "train" / "python.parquet") == texts
    assert faults.counted


def test_retry_after_is_obeyed_and_waits_grow(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python")
    waits: list[float] = []
    notes: list[str] = []
    hub = folder_hub(tmp_path, Faults(share=1, kinds=("429",)))
    with pytest.raises(PrepareError, match="hub cannot be reached"):
        run(options_for(tmp_path, "python"), hub, attempts=5, sleep=waits.append, notify=notes.append)
    assert waits == pytest.approx([7, 7, 7, 7], abs=1)
    assert "trying again in 7 s (1/4)" in notes[0]
    waits.clear()
    hub = folder_hub(tmp_path, Faults(share=1, kinds=("timeout",)))
    with pytest.raises(PrepareError, match=r"train-00000.*\(timed out\); check the network"):
        run(options_for(tmp_path, "python"), hub, attempts=5, sleep=waits.append)
    assert [0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits)] == [True] * 4


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python")
    path = tmp_path / BASE / "python" / "train-00001-of-00003.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PrepareError, match=r"train-00001.*damaged or cut off") as caught:
        run(options_for(tmp_path, "python"), folder_hub(tmp_path), attempts=2)
    assert "\n" not in str(caught.value)


def test_shorter_than_listed_is_a_short_read(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python", files=1)

    class Listed(FaultyFiles):
        def find(self, path: str, **options: object) -> dict[str, dict[str, int]]:
            found: dict[str, dict[str, int]] = super().find(path, **options)
            return {name: {**entry, "size": entry["size"] + 500} for name, entry in found.items()}

    hub = HubAccess(Listed(tmp_path, Faults()), lambda _repo, _revision: COMMIT)
    with pytest.raises(PrepareError, match=r"got [\d,]+ of [\d,]+ bytes"):
        run(options_for(tmp_path, "python"), hub, attempts=2)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_goes_on_at_the_pinned_commit_after_a_failure(tmp_path: Path, share: float) -> None:
    texts = make_dataset(tmp_path, "python")
    options = options_for(tmp_path, "python", max_rows=2500)
    broken = HubAccess(FaultyFiles(tmp_path, Faults(share=1)), lambda _repo, _revision: COMMIT)
    with pytest.raises(PrepareError):
        run(options, broken, attempts=2)
    moved = HubAccess(FaultyFiles(tmp_path, Faults(share=share, seed=5)), lambda _repo, _revision: "b" * 40)
    assert run(options, moved) == 0
    assert texts_of(tmp_path / "train" / "python.parquet") == texts[:2500]


def test_short_language_ends_with_3(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python", rows=300)
    options = options_for(tmp_path, "python", max_rows=301)
    assert run(options, folder_hub(tmp_path)) == 3
    assert run(options, folder_hub(tmp_path)) == 3
    assert len(texts_of(tmp_path / "train" / "python.parquet")) == 300


def test_directories_without_the_usual_column(tmp_path: Path) -> None:
    folder = tmp_path / BASE / "git-commits-cleaned"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"commit": ["1"], "message": ["m"], "new_contents": ["n"]}), folder / "a.parquet")
    options = options_for(tmp_path, "git-commits-cleaned")
    with pytest.raises(PrepareError, match=r"--column \(found: commit, message, new_contents\)"):
        run(options, folder_hub(tmp_path))
    options = replace(options, source=HubOptions(column="new_contents"), restart=True)
    assert run(options, folder_hub(tmp_path)) == 0
    assert texts_of(tmp_path / "train" / "git-commits-cleaned.parquet") == ["n"]


def test_a_column_that_holds_no_text(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python")
    options = options_for(tmp_path, "python", source=HubOptions(column="id"))
    with pytest.raises(PrepareError, match="column 'id' holds int64, not strings"):
        run(options, folder_hub(tmp_path))


def test_only_the_train_split_is_read(tmp_path: Path) -> None:
    texts = make_dataset(tmp_path, "python", rows=50, files=1)
    folder = tmp_path / BASE / "python"
    pq.write_table(pa.table({"content": ["test row"]}), folder / "test-00000-of-00001.parquet")
    (folder / "README.md").write_text("no rows")
    notes: list[str] = []
    assert run(options_for(tmp_path, "python"), folder_hub(tmp_path), notify=notes.append) == 0
    assert notes == ["python: left out: 1 file (test-00000-of-00001.parquet: of split 'test')"]
    assert texts_of(tmp_path / "train" / "python.parquet") == texts


def test_a_folder_without_parquet_says_what_it_has(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python")
    (tmp_path / BASE / "go").mkdir()
    (tmp_path / BASE / "go" / "0.jsonl.gz").write_bytes(b"")
    line = r"'go' at \w+; check --include-langs and --data-dir \(left out: 1 file \(0\.jsonl\.gz: compressed; "
    with pytest.raises(PrepareError, match=line):
        run(options_for(tmp_path, "go"), folder_hub(tmp_path))


@pytest.mark.parametrize("name", ["pyton", "Python"])
def test_an_unknown_language_is_noticed_before_any_row(tmp_path: Path, name: str) -> None:
    make_dataset(tmp_path, "python")
    with pytest.raises(PrepareError, match=rf"no Parquet file in '{name}'.*did you mean python"):
        run(options_for(tmp_path, "python", name), folder_hub(tmp_path))
    assert not list((tmp_path / "train").glob("*.parquet"))


def test_gated_access_over_http(tmp_path: Path) -> None:
    make_dataset(tmp_path, "python")
    with http_hub(tmp_path, gated=True) as address, pytest.raises(PrepareError) as caught:
        run(options_for(tmp_path, "python"), real_access(address))
    line = str(caught.value)
    assert "\n" not in line
    for step in (
        f"https://huggingface.co/datasets/{REPO}",
        "HF_TOKEN or run `hf auth login`",
        "same command again",
    ):
        assert step in line


REFUSALS = {
    "no such data set": RepositoryNotFoundError("404", response=http_error(404).response),
    "check --revision": RevisionNotFoundError("404", response=http_error(404).response),
    "no token; set HF_TOKEN": LocalTokenNotFoundError("no token"),
    "HF_HUB_OFFLINE is set": OfflineModeIsEnabled("offline"),
    "refuses the token": http_error(401),
    "cannot be reached": ConnectionError("Name or service not known"),
}


@pytest.mark.parametrize("line", REFUSALS)
def test_refusals_name_the_remedy(tmp_path: Path, line: str) -> None:
    def commit(_repo: str, _revision: str) -> str:
        raise REFUSALS[line]

    with pytest.raises(PrepareError, match=line) as caught:
        run(options_for(tmp_path, "python"), HubAccess(None, commit))
    assert "\n" not in str(caught.value)


def test_no_network_with_the_real_client(tmp_path: Path) -> None:
    with http_hub(tmp_path) as address:
        pass
    with pytest.raises(PrepareError, match=r"the hub cannot be reached .*; check the network, then give the same"):
        run(options_for(tmp_path, "python"), real_access(address), attempts=2)


@pytest.mark.parametrize("strip", [False, True])
def test_repository_markers(tmp_path: Path, strip: bool) -> None:
    folder = tmp_path / BASE / "c"
    folder.mkdir(parents=True)
    texts = ["<reponame>a/b<filename>c.c<gh_stars>1-10\nint a;", "<gh_stars>0\nint b;", "int <reponame>c;"]
    pq.write_table(pa.table({"content": texts}), folder / "train-0.parquet")
    assert run(options_for(tmp_path, "c", strip_markers=strip), folder_hub(tmp_path)) == 0
    expected = ["int a;", "int b;", "int <reponame>c;"] if strip else texts
    assert texts_of(tmp_path / "train" / "c.parquet") == expected
    manifest = load(tmp_path / "train" / ".prepare" / "c")
    assert manifest is not None
    assert manifest.markers() == 2
