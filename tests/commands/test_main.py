"""Command line: forms, help, wrong input, results, exit codes."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from support.old_result import OLD, write_old
from support.paths import GOLDEN, ROOT
from support.permissions import ordinary_permissions
from support.places import Place, make_place

from tokstats_parallel import __version__
from tokstats_parallel.commands import collect, parser
from tokstats_parallel.commands.main import main
from tokstats_parallel.commands.options import CollectOptions
from tokstats_parallel.errors import NATIVE_NOT_BUILT, WorkerError
from tokstats_parallel.run.coordinator import SHARDS_REMOVED


class Asked(NamedTuple):
    config: Path
    options: CollectOptions


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Arguments of calls of `collect`, which runs nothing."""
    requests: list[Asked] = []

    def remember(config: Path, options: CollectOptions) -> int:
        requests.append(Asked(config, options))
        return 0

    monkeypatch.setattr(collect, "run_collect", remember)
    return requests


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the one line on stderr; nothing else was written."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tokstats: error: ")
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("tokstats: error: ").removesuffix("\n")


# Forms


EXPECTED = CollectOptions(
    num_batches=5,
    output_file=Path("x.json"),
    workers="3",
    seed=None,
    assignments=(),
    special_tokens=None,
    eos_token=None,
    cache_dir=None,
    no_cache=False,
    quiet=False,
    json=False,
    no_progress=True,
)


@pytest.mark.parametrize(
    "line",
    [
        "collect c.json --num-batches 5 --output-file x.json --workers 3 --no-progress",
        "c.json --num-batches 5 --output-file x.json --workers 3 --no-progress",
        "c.json --num_batches 5 --output_file x.json --workers 3 --no_progress",
        "--num_batches 5 --output_file x.json --workers 3 --no_progress c.json",
        "collect --num_batches=5 --no-progress --output-file=x.json c.json --workers=3",
    ],
)
def test_all_forms_ask_for_the_same(line: str, asked: list[Asked]) -> None:
    assert main(line.split()) == 0
    assert asked == [Asked(Path("c.json"), EXPECTED)]


@pytest.mark.parametrize(
    "line",
    [
        "c.json --set a=1 --set b=x=y",
        "c.json --set a=1 b=x=y",
        "--set a=1 b=x=y c.json",
        "--set=a=1 --set b=x=y c.json",
    ],
)
def test_settings_are_given_one_by_one_or_in_a_row(line: str, asked: list[Asked]) -> None:
    assert main(line.split()) == 0
    assert asked[0].options.assignments == ("a=1", "b=x=y")
    assert asked[0].config == Path("c.json")


def test_all_options(asked: list[Asked]) -> None:
    line = "c.json --seed 7 --special_tokens <s>,</s> --eos_token </s> --cache_dir d --no_cache --quiet --json"
    assert main(line.split()) == 0
    expected = replace(
        EXPECTED,
        num_batches=1000,
        output_file=Path("token_frequencies.json"),
        workers="auto",
        seed=7,
        special_tokens="<s>,</s>",
        eos_token="</s>",  # noqa: S106 - a token of a text, not a secret
        cache_dir=Path("d"),
        no_cache=True,
        quiet=True,
        json=True,
        no_progress=False,
    )
    assert asked == [Asked(Path("c.json"), expected)]


# Help


@pytest.mark.parametrize(
    "command",
    [
        "",
        "collect",
        "simulate",
        "vocabulary",
        "top",
        "show",
        "distribution",
        "compare",
        "coverage",
        "report",
        "cache",
        "cache list",
        "cache clear",
    ],
    ids=lambda name: name or "tokstats",
)
def test_help_is_the_golden_one(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    assert main([*command.split(), "--help"]) == 0
    shown = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    golden = GOLDEN / f"help{'_' if command else ''}{command.replace(' ', '_')}.txt"
    if not golden.exists() or golden.read_text(encoding="utf-8") != shown:
        golden.write_text(shown, encoding="utf-8")
        pytest.fail(f"{golden} has been written anew: look at it, commit it, and run again")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"
    assert parser.dispatch(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n", "the parser answers the same"


def test_version_waits_for_no_parser() -> None:
    script = (
        "import sys; from tokstats_parallel.commands.main import main; assert main(['--version']) == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.stdout == f"{__version__}\n"
    loaded = set(done.stderr.split())
    assert "tokstats_parallel.commands.main" in loaded
    assert not {"tokstats_parallel.commands.parser", "cyclopts", "rich", "pathlib", "dataclasses"} & loaded


def test_help_waits_for_nothing_heavy() -> None:
    script = (
        "import sys; from tokstats_parallel.commands.main import main; main(['--help']);"
        "print(sorted({'pyarrow', 'transformers', 'numpy', 'pydantic', 'multiprocessing'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert run.stdout.splitlines()[-1] == "[]"


def test_the_entry_point_loads_nothing_heavy() -> None:
    script = (
        "import sys; import tokstats_parallel.commands.main; print({'cyclopts', 'rich', 'pyarrow'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert run.stdout == "set()\n"


# Wrong usage


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("colect", "no such command or file: 'colect'; did you mean 'collect'?"),
        ("cach list", "no such command or file: 'cach'; did you mean 'cache'?"),
        ("--quiet prepar", "no such command or file: 'prepar'; did you mean 'prepare'?"),
        ("xyzzy", "no such command or file: 'xyzzy'; `tokstats --help` lists the commands"),
        ("-- c.json --workers 1", "--workers stands behind --, where no word is an option; `tokstats --help` shows"),
        ("c.json --num_bathces 5", "Unknown option: --num_bathces. Did you mean --num-batches?"),
        ("c.json --num-batches 2.7", "Invalid value for --num-batches: '2.7' is not a whole number; "),
        ("c.json --num-batches many", "Invalid value for --num-batches: 'many' is not a whole number; "),
        ("c.json --seed 0x10", "Invalid value for --seed: '0x10' is not a whole number; "),
        ("c.json --seed", "Parameter --seed requires an argument; "),
        ("c.json --seed 1 --seed 2", "Parameter --seed specified multiple times; "),
        ("c.json d.json", "unexpected argument: d.json; `tokstats --help` shows how it is used"),
        ("", "Parameter CONFIG requires an argument; "),
        ("collect", 'Command "collect" parameter CONFIG requires an argument; '),
        ("cache lst", 'Unknown command "lst". Did you mean "list"? '),
        ("c.json --no-quiet", "Unknown option: --no-quiet. "),
        ("c.json --set a", "--set 'a': must be key=value, such as --set n_pools=2"),
        ("c.json --set =a", "--set '=a': must be key=value, such as --set n_pools=2"),
        ("c.json --set a=1 --set a=2", "--set a: was set twice; set it once"),
        ("c.json --workers 0", "--workers '0': must be 'auto' or a whole number, 1 or more"),
        ("c.json --min-count 0", "--min-count: must be at least 1 and below 2**64 (found 0)"),
        ("c.json --workers -2", "--workers '-2': must be 'auto' or a whole number, 1 or more"),
        ("c.json --workers all", "--workers 'all': must be 'auto' or a whole number, 1 or more"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    line: str, expected: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "c.json").write_text("{}")
    assert main(line.split()) == 2
    assert error_line(capsys).startswith(expected)


def test_every_name_of_a_command_is_suggested(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser, "APP", ["validate", "doctor", "--help"])
    assert main(["doctr"]) == 2
    assert error_line(capsys) == "no such command or file: 'doctr'; did you mean 'doctor'?"


def test_a_file_named_like_a_command_of_old_is_a_config(place: Place, asked: list[Asked]) -> None:
    (place.folder / "doctr").write_text("{}")
    assert main(["doctr"]) == 0
    assert asked[0].config == Path("doctr")


# Bad input


def no_config(place: Place) -> None:
    place.config.unlink()


def syntax_error(place: Place) -> None:
    place.config.write_text('{\n  "langs": "python",\n}\n')


def several_bad_fields(place: Place) -> None:
    place.write(block_size="wide", train_batch_size=0, tokenizer_noise_std=-1)


def no_parquet(place: Place) -> None:
    (place.folder / "train" / "go.parquet").unlink()


def no_text_column(place: Place) -> None:
    pa.parquet.write_table(pa.table({"content": ["x"]}), place.folder / "train" / "go.parquet")


def a_null(place: Place) -> None:
    place.corpus("go", pa.array(["x", None, "y"]))


def no_strings(place: Place) -> None:
    place.corpus("go", pa.array([1, 2, 3]))


def only_white_space(place: Place) -> None:
    place.corpus("go", pa.array(["", " \n", "\u3000"]))


def corrupt_parquet(place: Place) -> None:
    (place.folder / "train" / "go.parquet").write_bytes(b"PAR1 and then nothing of the kind PAR1")


def truncated_parquet(place: Place) -> None:
    path = place.folder / "train" / "go.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def langs_file(text: str) -> Callable[[Place], None]:
    def write(place: Place) -> None:
        (place.folder / "langs.txt").write_text(text)
        place.write(langs="langs.txt")

    return write


def config_with(**values: object) -> Callable[[Place], None]:
    return lambda place: place.write(**values)


def fine(_place: Place) -> None:
    pass


class Bad(NamedTuple):
    """Function that breaks a setup, words of the command line, exit code, and parts of the message."""

    spoil: Callable[[Place], None]
    line: str
    code: int
    parts: list[str]


BAD_INPUT = {
    "missing config": Bad(no_config, "", 2, ["config.json: no such config file"]),
    "syntax error": Bad(syntax_error, "", 2, ["config.json: line 3, column 1"]),
    "several bad fields": Bad(
        several_bad_fields,
        "--num-batches 0",
        2,
        ["block_size", "train_batch_size", "tokenizer_noise_std", "--num-batches must be"],
    ),
    "missing parquet": Bad(no_parquet, "", 1, ["go.parquet: no such data", "tokstats prepare"]),
    "no text column": Bad(no_text_column, "", 1, ["go.parquet", "'text'", "content"]),
    "null row": Bad(a_null, "", 1, ["go.parquet", "row 1", "null"]),
    "rows that are no strings": Bad(no_strings, "", 1, ["go.parquet", "row 0", "not a string", "int64"]),
    "no non-empty text": Bad(only_white_space, "", 1, ["go", "no non-empty text"]),
    "corrupt parquet": Bad(corrupt_parquet, "", 1, ["go.parquet", "cannot be read"]),
    "truncated parquet": Bad(truncated_parquet, "", 1, ["go.parquet", "cannot be read"]),
    "empty langs file": Bad(langs_file("\n# none\n"), "", 2, ["langs.txt", "No code languages found!"]),
    "negative weight": Bad(langs_file("python,-1\ngo,1\n"), "", 2, ["langs.txt", "line 1", "'-1'"]),
    "NaN weight": Bad(langs_file("python,nan\ngo,1\n"), "", 2, ["langs.txt", "line 1", "'nan'"]),
    "all weights zero": Bad(langs_file("python,0\ngo,0\n"), "", 2, ["langs.txt", "all weights are 0"]),
    "size too small": Bad(config_with(tokenizer_sample_min=391), "", 2, ["tokenizer_sample_min", "391"]),
    "size too small at most": Bad(config_with(tokenizer_sample_max=391), "", 2, ["tokenizer_sample_max", "391"]),
    "misspelt setting": Bad(config_with(n_pool=2), "", 2, ["'n_pool'", "'n_pools'"]),
    "debug without a directory": Bad(config_with(debug=True, train_batch_size=16), "", 2, ["valid_directory"]),
    "no sampling": Bad(config_with(do_tokenizer_sampling=False), "", 2, ["do_tokenizer_sampling"]),
    "unknown setting": Bad(fine, "--set n_pool=2", 2, ["--set n_pool", "did you mean 'n_pools'?"]),
    "bad setting": Bad(fine, "--set n_pools=0", 2, ["--set n_pools"]),
    "seed below 0": Bad(fine, "--seed -1", 2, ["--seed"]),
    "no workers": Bad(fine, "--workers 0", 2, ["--workers '0'"]),
    "batches that are no number": Bad(fine, "--num-batches all", 2, ["--num-batches", "'all'"]),
    "a training without steps": Bad(fine, "--num-batches training", 2, ["--num-batches training: steps is missing"]),
    "no batches": Bad(fine, "--num-batches 0", 2, ["--num-batches must be from 1 to 4294967296"]),
    "too many batches": Bad(fine, "--num-batches 4294967297", 2, ["--num-batches must be from 1 to"]),
    "no output folder": Bad(fine, "--output-file nowhere/x.json", 1, ["nowhere: no such folder"]),
    "output is a folder": Bad(fine, "--output-file train", 1, ["train: is a folder"]),
    "output is stdout": Bad(fine, "--output-file -", 1, ["-: a result is three files"]),
    "no tokenizer": Bad(config_with(tokenizer_name="./nowhere"), "--eos-token </s>", 2, ["./nowhere"]),
}


@pytest.mark.parametrize("bad", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_line_and_touches_nothing(bad: Bad, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    bad.spoil(place)
    outputs = [place.folder / f"x{ending}" for ending in (".json", ".parquet", ".manifest.json")]
    write_old(outputs[0])
    options = place.options[4:] if "--eos-token" in bad.line else place.options
    words = [str(place.config), *options, "--quiet", "--output-file", "x.json"]
    for option in {"--workers", "--output-file"} & set(bad.line.split()):  # may be given once only
        first = words.index(option)
        del words[first : first + 2]
    assert main([*words, *bad.line.split()]) == bad.code
    error = error_line(capsys)
    assert all(part in error for part in bad.parts), error
    assert [output.read_bytes() for output in outputs] == list(OLD.values())


def test_a_read_only_output_folder(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    folder = place.folder / "fixed"
    folder.mkdir(mode=0o555)
    with ordinary_permissions():
        assert main([str(place.config), *place.options, "--quiet", "--output-file", "fixed/x.json"]) == 1
    assert "cannot write here" in error_line(capsys)
    assert not list(folder.iterdir())


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that nobody can write to")
def test_an_output_folder_that_nobody_can_write_to(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(place.config), *place.options, "--quiet", "--output-file", "/proc/x.json"]) == 1
    assert error_line(capsys).startswith("/proc: cannot write here")


def test_the_output_is_looked_at_before_the_corpora(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    corrupt_parquet(place)
    assert main([str(place.config), *place.options, "--quiet", "--output-file", "nowhere/x.json"]) == 1
    assert "nowhere: no such folder" in error_line(capsys)
    assert not (place.folder / "cache").exists()


def test_an_error_of_many_lines_is_one(
    asked: list[Asked], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_config: Path, _options: CollectOptions) -> int:
        raise WorkerError("shard [x]:\n  it is\nbroken :smile:")

    monkeypatch.setattr(collect, "run_collect", fail)
    assert main(["c.json"]) == 1
    assert error_line(capsys) == "shard [x]: it is broken :smile:"
    assert not asked


def test_a_defect_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_config: Path, _options: CollectOptions) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(collect, "run_collect", fail)
    with pytest.raises(ZeroDivisionError):
        main(["c.json"])


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            RuntimeError("can't start new thread"),
            f"{os.strerror(errno.EAGAIN)}; raise `ulimit -u` (processes and threads)",
        ),
        (OSError(errno.EMFILE, "x", "lib.py"), f"lib.py: {os.strerror(errno.EMFILE)}; raise `ulimit -n` (open files)"),
        (
            ImportError(f"_native.so: cannot open: {os.strerror(errno.EMFILE)}"),
            "Too many open files; raise `ulimit -n`",
        ),
        (MemoryError(), f"{os.strerror(errno.ENOMEM)}; free memory"),
    ],
    ids=repr,
)
def test_a_failure_of_the_machine_is_one_line(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_config: Path, _options: CollectOptions) -> int:
        raise error

    monkeypatch.setattr(collect, "run_collect", fail)
    assert main(["c.json"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"tokstats: error: {line}")
    assert said.endswith(" and run the same command again\n")
    assert said.count("\n") == 1


# Runs


def test_a_run_prints_its_summary(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(place.config), *place.options, "--num-batches", "5", "--no-progress"]) == 0
    captured = capsys.readouterr()
    weights, defaults, workers, passes, removed = captured.err.splitlines()
    assert weights.startswith("tokstats: weights: equal, since langs has names only")
    assert defaults.startswith("tokstats: defaults of the training")
    assert workers == "tokstats: workers: 1, as asked"
    assert passes == "tokstats: passes over the rows of a corpus, about: python 0.3, go 0.2"
    assert removed == f"tokstats: {SHARDS_REMOVED}"
    assert captured.out.startswith("Total batches:     5\n")
    assert f"  {place.folder / 'token_frequencies.json'}\n" in captured.out
    counts = json.loads((place.folder / "token_frequencies.json").read_text(encoding="utf-8"))
    assert f"Unique tokens:     {len(counts):,}\n" in captured.out
    assert f"Total occurrences: {sum(counts.values()):,}\n" in captured.out


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_json_is_all_that_goes_to_stdout(quiet: list[str], place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(place.config), *place.options, "--num-batches", "5", "--json", *quiet, "--no-cache"]
    assert main([*words, "--output-file", "x.json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    facts = json.loads(captured.out)
    assert (facts["schema_version"], facts["total_batches"]) == (1, 5)
    assert sum(facts["languages"].values()) == 5
    assert facts["output"]["json"] == str(place.folder / "x.json")
    assert all(Path(path).is_file() for path in facts["output"].values())
    counts = json.loads((place.folder / "x.json").read_text(encoding="utf-8"))
    top = {share["token"]: share["count"] for share in facts["top_tokens"]}
    assert list(top.items()) == list(counts.items())[:20]
    assert (captured.err == "") == bool(quiet)


def test_quiet_prints_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(place.config), *place.options, "--num-batches", "2", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def command_line(form: list[str], place: Place, *words: str) -> list[str]:
    return [sys.executable, *form, str(place.config), *place.options, "--num_batches", "4", *words]


def test_processes_of_all_forms_write_the_same(place: Place) -> None:
    forms = {
        "module": ["-m", "tokstats_parallel"],
        "collect": ["-m", "tokstats_parallel", "collect"],
        "script": [str(ROOT / "scripts" / "collect_token_stats.py")],
    }
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    results = set()
    for name, form in forms.items():
        words = command_line(form, place, "--output_file", f"{name}.json")
        run = subprocess.run(
            words, capture_output=True, text=True, env=environment, check=False, cwd=place.folder, timeout=60
        )
        assert run.returncode == 0, run.stderr
        assert "tokstats: 4 batches in 0:0" in run.stderr
        results.add((place.folder / f"{name}.json").read_bytes())
    assert len(results) == 1


def test_a_reader_that_goes_away_is_no_failure(place: Place) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        run = subprocess.run(
            command_line(["-m", "tokstats_parallel"], place),
            stdout=pipe,
            stderr=pipe,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
            cwd=place.folder,
            timeout=60,
        )
    assert run.returncode == 0
    assert (place.folder / "token_frequencies.json").is_file()


# Cache


def test_the_cache_is_listed_and_cleared(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    cache = place.folder / "cache"
    assert main(["cache", "list", "--cache-dir", str(cache)]) == 0
    assert capsys.readouterr().out == f"0 converted corpora, 0.0 MB, in {cache}\n"
    assert main([str(place.config), *place.options, "--num-batches", "1", "--quiet"]) == 0
    (cache / f"tokstats-{'0' * 32}.arrow").write_text("damaged")
    assert main(["cache", "list", "--cache_dir", str(cache)]) == 0
    damaged, go, python, total = capsys.readouterr().out.splitlines()
    assert damaged.split()[:3] == ["?", "?", "rows"]
    assert damaged.index(str(cache)) == python.index(str(place.folder / "train"))
    assert go.split()[:3] == ["go", "60", "rows"]
    assert " current  " in python
    assert python.endswith(str(place.folder / "train" / "python.parquet"))
    assert total.startswith("3 converted corpora, ")
    assert main(["cache", "clear", "--cache-dir", str(cache)]) == 0
    assert capsys.readouterr().out.endswith(f" MB freed in {cache}\n")
    assert not list(cache.glob("*.arrow"))


def test_prepare_is_the_other_command(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    source = place.folder / "src"
    source.mkdir()
    (source / "a.py").write_text("print('hello')\n")
    line = f"prepare --include_langs python --out_train_dir out --from_dir {source} --quiet"
    assert main(line.split()) == 0
    assert (place.folder / "out" / "python.parquet").is_file()
    assert "python" in capsys.readouterr().out
    assert main([*line.split(), "--include-langs", "python"]) == 2
    assert "named twice" in error_line(capsys)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["cache", "list"]])
def test_a_full_stdout_is_one_line(words: list[str], place: Place) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tokstats_parallel", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(place.folder)},
        )
    assert done.returncode == 1
    assert done.stderr == (
        "tokstats: error: stdout cannot be written (No space left on device); give the output another place\n"
    )


@pytest.mark.parametrize("command", ["collect", "prepare", "validate", "cache list"])
def test_a_missing_native_module_is_one_line(command: str, place: Place) -> None:
    script = (
        "import sys; sys.modules['tokstats_parallel._native'] = None; "
        "from tokstats_parallel.commands.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command.split(), str(place.config)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert done.stderr == f"tokstats: error: {NATIVE_NOT_BUILT}\n"


# Work folder


def collected(place: Place, *words: str) -> int:
    return main([str(place.config), *place.options, *words])


def test_a_longer_run_begins_with_the_shards_of_a_kept_one(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    kept = ["--work-dir", "kept", "--keep-work", "--no-progress"]
    assert collected(place, "--num-batches", "6", *kept) == 0
    assert "going on" not in capsys.readouterr().err
    assert collected(place, "--num-batches", "9", *kept) == 0
    assert "tokstats: going on: 2 of 4 shards (6 of 9 batches) are done\n" in capsys.readouterr().err
    assert collected(place, "--num-batches", "9", "--output-file", "straight.json", "--quiet") == 0
    for ending in (".json", ".parquet"):
        assert Path(f"token_frequencies{ending}").read_bytes() == Path(f"straight{ending}").read_bytes()
    assert {path.name for path in Path().glob("*work*")} == set()
    assert sorted(path.suffix for path in Path("kept").iterdir()).count(".partial") == 4


def test_what_another_run_has_saved_is_refused_until_it_is_thrown_away(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--num-batches", "6", "--keep-work", "--quiet"]
    assert collected(place, *words) == 0
    capsys.readouterr()
    before = Path("token_frequencies.json").read_bytes()
    assert collected(place, *words, "--seed", "43") == 1
    line = error_line(capsys)
    assert line.startswith(str(Path("token_frequencies.json.work/job.json").absolute()))
    assert "(seed: 42 there, 43 here)" in line
    assert Path("token_frequencies.json").read_bytes() == before
    assert collected(place, *words, "--seed", "43", "--fresh") == 0
    assert Path("token_frequencies.json").read_bytes() != before


@pytest.mark.parametrize("work_dir", ["train", ".", "token_frequencies.json", "cache", "missing/folder", "config.json"])
def test_a_work_folder_that_cannot_be_one(work_dir: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert collected(place, "--num-batches", "2", "--quiet") == 0
    capsys.readouterr()
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert collected(place, "--num-batches", "3", "--quiet", "--work-dir", work_dir) == 1
    assert str(Path(work_dir).absolute()) in error_line(capsys)
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("words", "again"), [([], ""), (["--fresh"], " without --fresh")])
def test_ctrl_c_says_how_to_go_on(
    words: list[str], again: str, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collect, "collect_config", interrupt)
    assert collected(place, "--quiet", *words) == 130
    assert capsys.readouterr().err == f"tokstats: interrupted; the same command{again} goes on from here\n"
