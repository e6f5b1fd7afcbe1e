"""Functions for Python programs: the command's results and errors, quietly, and values that are read when needed."""

import gc
import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.paths import ROOT
from support.places import Place, make_place
from support.processes import child_processes
from support.runs import alive, sha256s

import tokstats_parallel
from tokstats_parallel import TokenStats, collect, load_job
from tokstats_parallel.commands.engine_options import SlurmWords
from tokstats_parallel.commands.main import main
from tokstats_parallel.commands.options import CollectOptions, VocabularyOptions
from tokstats_parallel.commands.report_options import ReportOptions
from tokstats_parallel.errors import ConfigError, CorpusError, OutputError, ResultError, TokstatsError, WorkerError

TOKENS = {"special_tokens": "<s>,</s>", "eos_token": "</s>"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def collected(place: Place, output: str | Path | None = None, **options: Any) -> TokenStats:
    return collect(place.config, output, **(TOKENS | {"num_batches": 60, "workers": 2} | options))


def test_the_files_are_the_command_s_and_nothing_is_printed(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    stats = collected(place, "out.json", seed=7, set={"n_pools": 2, "tokenizer_noise_mean": 1e-4})
    assert capfd.readouterr() == ("", "")
    words = [str(place.config), "--num-batches", "60", "--output-file", "other.json", "--seed", "7", "--quiet"]
    assert main([*words, "--set", "n_pools=2", "tokenizer_noise_mean=1e-4", *place.options]) == 0
    assert sha256s(place.folder / "out.json") == sha256s(place.folder / "other.json")
    assert stats.paths.json == place.folder / "out.json"
    assert not (place.folder / "out.json.work").exists()


def test_the_values_are_those_of_the_files(place: Place) -> None:
    stats = collected(place, Path("out.json"))
    assert list(stats.counts.items()) == list(json.loads(stats.paths.json.read_bytes()).items())
    assert stats.counts is stats.counts
    assert stats.manifest == json.loads(stats.paths.manifest.read_bytes())
    table = pq.read_table(stats.paths.parquet)
    assert list(stats.per_language) == ["python", "go"] == list(stats.manifest["batches_per_language"])
    for language, counts in stats.per_language.items():
        pairs = zip(table["token"].to_pylist(), table[f"count_{language}"].to_pylist(), strict=True)
        assert counts == {token: count for token, count in pairs if count}
        assert counts["<s>"] == stats.manifest["batches_per_language"][language]
        assert stats.per_language[language] is counts
    assert len(stats.per_language) == 2
    with pytest.raises(KeyError):
        stats.per_language["rust"]
    assert repr(stats) == f"TokenStats(60 batches, {len(stats.counts):,} tokens, '{place.folder / 'out.json'}')"
    assert repr(stats.per_language) == "<counts of python, go>"


def test_the_result_cannot_be_changed(place: Place) -> None:
    stats: Any = collected(place)
    with pytest.raises(AttributeError):
        stats.paths = None
    with pytest.raises(TypeError):
        stats.counts["x"] = 1
    with pytest.raises(TypeError):
        stats.per_language["python"]["x"] = 1


def test_a_result_without_an_output_file_lives_as_long_as_its_object(place: Place) -> None:
    before = set(place.folder.iterdir())
    stats = collected(place)
    folder = stats.paths.json.parent
    assert set(place.folder.iterdir()) - before - {place.folder / "cache"} == {folder}
    assert sum(stats.counts.values()) == stats.manifest["occurrences"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some versions of Python warn of threads and forks
        pid = os.fork()
    if pid:
        assert os.waitpid(pid, 0)[1] == 0
    else:  # a data loader's process, say
        del stats
        gc.collect()
        os._exit(0)
    assert folder.exists()
    counts = stats.counts
    del stats
    gc.collect()
    assert not folder.exists()
    assert counts["<s>"] == 60


def test_a_run_that_fails_leaves_no_temporary_folder(place: Place) -> None:
    (place.folder / "train" / "go.parquet").write_bytes(b"")
    before = set(place.folder.iterdir())
    with pytest.raises(CorpusError):
        collected(place)
    assert set(place.folder.iterdir()) - {place.folder / "cache"} == before


def test_shards_are_kept_where_they_have_a_place(place: Place) -> None:
    collected(place, work_dir="work", keep_work=True)
    assert list((place.folder / "work").glob("*.partial"))
    collected(place, "out.json", work_dir=place.folder / "work", num_batches=90)
    collected(place, "straight.json", num_batches=90)
    assert sha256s(place.folder / "out.json") == sha256s(place.folder / "straight.json")
    with pytest.raises(ConfigError, match="keep_work needs a place"):
        collected(place, keep_work=True)


def test_progress_is_shown_where_it_is_asked_for(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    collected(place, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "tokstats: workers: 2" in err
    assert "60 batches" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_log_ends_no_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert collected(place, progress=True).counts
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


@pytest.mark.parametrize("closed", ["2", "12", "012"])
def test_lines_of_progress_go_into_no_other_file(closed: str, place: Place) -> None:
    """A process that has closed its standard streams gives their numbers to the files that it opens next."""
    script = (
        "import os, sys, tokstats_parallel\n"
        "[os.close(int(descriptor)) for descriptor in sys.argv[1]]\n"
        "tokstats_parallel.collect('config.json', 'out.json', num_batches=9, special_tokens='<s>', eos_token='<s>', "
        "progress=True, workers=2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, closed],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        cwd=place.folder,
        timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(Path("out.json").read_bytes())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"num_batches": 0}, ConfigError, "num-batches must be from 1"),
        ({"workers": 0}, ConfigError, "--workers '0'"),
        ({"workers": "many"}, ConfigError, "--workers 'many'"),
        ({"set": {"n_pool": 2}}, ConfigError, "did you mean 'n_pools'"),
        ({"set": {"n_pools": object()}}, ConfigError, "n_pools: must be a value that JSON has"),
        ({"set": {"n_pools": "two"}}, ConfigError, "n_pools"),
        ({"output": "missing/out.json"}, OutputError, "no such folder"),
        ({"output": "config.json"}, OutputError, "would replace what the run reads"),
        ({"set": {"train_directory": Path("nowhere")}}, CorpusError, "nowhere"),
        ({"set": {"train_directory": "tr\0ain"}}, ConfigError, "--set train_directory must not have a NUL"),
        ({"output": "out\0.json"}, ConfigError, "has a NUL character, which no path has"),
        ({"work_dir": Path("wo\0rk")}, ConfigError, r"'wo\\x00rk': has a NUL character"),
        ({"cache_dir": "\0"}, ConfigError, "has a NUL character"),
        ({"language_counts": "\0"}, ConfigError, "has a NUL character"),
    ],
)
def test_errors_are_exceptions(options: dict[str, Any], error: type[Exception], words: str, place: Place) -> None:
    with pytest.raises(error, match=words) as caught:
        collected(place, **options)
    assert isinstance(caught.value, tokstats_parallel.TokstatsError)


@pytest.mark.parametrize("executable", [None, ""])
def test_a_python_inside_another_program_is_told_what_it_lacks(
    executable: str | None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    with pytest.raises(WorkerError, match=r"set sys[.]executable to the path"):
        collected(place)


def test_a_missing_config(tmp_path: Path) -> None:
    with pytest.raises(TokstatsError, match="no such config file"):
        collect(tmp_path / "none.json")


def test_a_job_is_loaded_as_a_run_does(place: Place) -> None:
    job = load_job(str(place.config), num_batches=60, seed=3, set={"n_pools": 2}, **TOKENS)
    assert (job.num_batches, job.seed, job.pools) == (60, 3, 2)
    stats = collected(place, seed=3, set={"n_pools": 2})
    assert stats.manifest["config_digest"] == job.digest()
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - our own


def test_weights_and_a_whole_training(place: Place) -> None:
    (place.folder / "pages.csv").write_text("lang_code,n_pages\npython,3\ngo,1\n")
    place.write(steps=25, identity_steps=5)
    options: dict[str, Any] = TOKENS | {"num_batches": "training", "language_counts": "pages.csv"}
    job = load_job(place.config, **options)
    assert (job.num_batches, job.facts.weights) == (20, "from pages.csv: pages ** 0.3")
    stats = collected(place, **options)
    assert (stats.manifest["batches"], stats.manifest["config"]["weights"]) == (20, job.facts.weights)


def test_every_option_of_the_command_is_an_argument() -> None:
    ours = {name: one.default for name, one in inspect.signature(collect).parameters.items()}
    names = {"assignments": "set", "no_cache": "use_cache", "no_progress": "progress"}
    theirs = {names.get(name, name) for name in CollectOptions.__dataclass_fields__} - {"quiet", "json", "report"}
    assert set(ours) == theirs - set(SlurmWords.__dataclass_fields__) | {"config"}
    defaults = CollectOptions()
    for name in (
        "num_batches",
        "workers",
        "seed",
        "special_tokens",
        "eos_token",
        "cache_dir",
        "work_dir",
        "fresh",
        "engine",
    ):
        assert ours[name] == getattr(defaults, name)


def test_every_option_of_vocabulary_is_an_argument() -> None:
    ours = set(inspect.signature(tokstats_parallel.vocabulary).parameters)
    names = {"assignments": "set", "no_cache": "use_cache"}
    theirs = {names.get(name, name) for name in VocabularyOptions.__dataclass_fields__}
    assert ours == theirs - {"batches", "output_dir", "texts", "stats", "json"} | {"config"}


def test_every_option_of_report_is_an_argument() -> None:
    ours = {name: one.default for name, one in inspect.signature(tokstats_parallel.write_report).parameters.items()}
    defaults = {name: one.default for name, one in ReportOptions.__dataclass_fields__.items()}
    assert ours == defaults | {"output_file": "report.html", "result": inspect.Parameter.empty, "other": None}


def test_a_page_is_written_about_results_and_their_files(place: Place) -> None:
    stats = collected(place, "out.json", num_batches=6)
    page = tokstats_parallel.write_report(stats, output_file="page.html", data_dir="data")
    assert page == Path("page.html").absolute()
    assert (place.folder / "data" / "tokens.csv").exists()
    tokstats_parallel.write_report("out.json", output_file="other.html")
    assert Path("other.html").read_bytes() == page.read_bytes()
    with pytest.raises(OutputError, match="is there already"):
        tokstats_parallel.write_report(stats, output_file="page.html")
    tokstats_parallel.write_report(stats, Path("out.parquet"), "page.html", force=True)
    assert "What differs between A and B" in page.read_text("utf-8")
    with pytest.raises(ResultError, match=r"none\.json: no such file"):
        tokstats_parallel.write_report("none.json")


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, tokstats_parallel; print(*dir(tokstats_parallel)); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    names, modules = (set(line.split()) for line in done.stdout.splitlines())
    assert set(tokstats_parallel.__all__) <= names
    assert {name for name in modules if name.startswith("tokstats_parallel")} == {
        "tokstats_parallel",
        "tokstats_parallel.errors",
    }


def test_every_public_name_is_there() -> None:
    for name in tokstats_parallel.__all__:
        assert getattr(tokstats_parallel, name)
    with pytest.raises(AttributeError):
        _ = tokstats_parallel.nothing


def test_ctrl_c_ends_the_workers_and_leaves_the_shards(place: Place) -> None:
    def interrupt() -> None:
        while not list(place.folder.glob("out.json.work/*.partial")):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        collected(place, "out.json", num_batches=10**6)
    thread.join()
    assert not [child for child in child_processes() if alive([child.pid])]
    assert list(place.folder.glob("out.json.work/*.partial"))


@pytest.mark.parametrize("batch", [-1, 2**32, 1.0, "1", None])
def test_a_batch_that_no_run_has(batch: Any, place: Place) -> None:
    with pytest.raises(ConfigError, match="batch must be a whole number from 0 to 4294967295"):
        tokstats_parallel.vocabulary(place.config, batch)
