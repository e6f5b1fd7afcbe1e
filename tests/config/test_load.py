import errno
import json
import math
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.paths import ROOT
from support.runs import small_job
from support.sampling import changed

from tokstats_parallel.config import load
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.json_file import read_config
from tokstats_parallel.config.known_keys import TRAINING_KEYS, unknown_keys
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.settings import Settings
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.errors import ConfigError, CorpusError, TokstatsError
from tokstats_parallel.sampling import PoolSize

SPECIAL_TOKENS = (("<unk>", None), ("</s>", None))
TYPED = {"special_tokens": "<unk>,</s>", "eos_token": "</s>"}


@dataclass
class Place:
    """Folder of a config, beside the working directory, with data of two languages."""

    folder: Path
    notices: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # about weights and defaults

    @property
    def path(self) -> Path:
        return self.folder / "config.json"

    def write(self, **values: object) -> Path:
        self.path.write_text(json.dumps({"train_directory": "train", "langs": "python go"} | values))
        return self.path

    def load(self, path: Path | None = None, **options: Any) -> Job:
        return load_job(JobRequest(config=path or self.path, **(TYPED | options)), notify=self.notify)

    def notify(self, line: str) -> None:
        is_note = line.startswith(("weights: ", "defaults of the training, "))
        (self.notes if is_note else self.notices).append(line)

    def refused(self, path: Path | None = None, **options: Any) -> str:
        with pytest.raises((ConfigError, CorpusError)) as caught:
            self.load(path, **options)
        message = str(caught.value)
        assert "\n" not in message
        return message


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    folder = tmp_path / "configs"
    (folder / "train").mkdir(parents=True)
    for name in ("python", "go"):
        (folder / "train" / f"{name}.parquet").touch()
    return Place(folder)


def test_the_training_codes_defaults(place: Place) -> None:
    place.write()
    assert place.load() == small_job(
        num_batches=1000,
        seed=42,
        languages=(Language("python", 1.0), Language("go", 1.0)),
        train_directory=place.folder / "train",
        reference=Reference("</s>", SPECIAL_TOKENS),
        span=2048,
        pack=True,
        crop=True,
        pools=1,
        batch_texts=256,
        batches=2,
        size_mean=32768,
        size_std=0,
        size_min=16384,
        size_max=32768,
        noise_mean=0,
        noise_std=0,
    )
    assert place.notices == []


def test_every_setting_reaches_the_job(place: Place) -> None:
    (place.folder / "langs.txt").write_text("go,2.5\n")
    place.write(
        langs="langs.txt",
        seed=7,
        block_size=64,
        do_sequence_packing=False,
        sample_text_span=False,
        n_pools=3,
        train_batch_size=100,
        tokenizer_batch_size=201,
        tokenizer_sample_min=392,
        tokenizer_sample_max=500,
        tokenizer_sample_mean=450.5,
        tokenizer_sample_std=10,
        tokenizer_noise_mean=1e-5,
        tokenizer_noise_std=4,
    )
    assert place.load(num_batches=5) == small_job(
        num_batches=5,
        seed=7,
        languages=(Language("go", 2.5),),
        train_directory=place.folder / "train",
        reference=Reference("</s>", SPECIAL_TOKENS),
        span=1024,
        pack=False,
        crop=False,
        pools=3,
        batch_texts=100,
        batches=3,
        size_mean=450.5,
        size_std=10,
        size_min=392,
        size_max=500,
        noise_mean=1e-5,
        noise_std=4,
    )


def test_training_keys_pass_in_silence(place: Place) -> None:
    training = {
        "learning_rate": [1e-4, 1e-5],
        "warmup_steps": [0, 10],
        "loss": "clm",
        "steps": 1,
        "hn_any": {},
    }
    place.write(**training)
    place.load()
    assert place.notices == []


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("learnin_rate", "; did you mean 'learning_rate'?"),
        ("max_steps", "; did you mean 'save_steps'?"),
        ("languages", "; did you mean 'mix_languages'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_a_key_that_nobody_knows_gets_a_notice(place: Place, key: str, hint: str) -> None:
    place.write(**{key: 1})
    job = place.load()
    assert place.notices == [f"{place.path}: key {key!r} is unknown and ignored{hint}"]
    assert job.facts.unknown_keys == (key,)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("tokenizer_noise_sd", "tokenizer_noise_std"),
        ("tokenizer_noise_men", "tokenizer_noise_mean"),
        ("Tokenizer-Noise-STD", "tokenizer_noise_std"),
        ("noise_std", "tokenizer_noise_std"),
        ("language_alpha", "language_sampling_alpha"),
        ("tokenizer_std", "tokenizer_sample_std"),
        ("n_pool", "n_pools"),
        ("language_sampling_alfa", "language_sampling_alpha"),
        ("SEED", "seed"),
    ],
)
def test_a_misspelt_setting_is_refused(place: Place, key: str, meant: str) -> None:
    place.write(**{key: 1})
    assert place.refused() == (
        f"{place.path}: key {key!r} is unknown, and close to the setting {meant!r}: correct or remove it"
    )


def test_a_misspelt_key_is_named_beside_what_is_missing(place: Place) -> None:
    place.path.write_text('{"train_dirctory": "train", "langs": "go"}')
    assert place.refused() == (
        f"{place.path}: key 'train_dirctory' is unknown, and close to the setting 'train_directory': "
        "correct or remove it; train_directory is missing"
    )
    assert place.notices == []


def test_no_training_key_is_a_setting() -> None:
    assert not TRAINING_KEYS & Settings.model_fields.keys()
    assert unknown_keys([*TRAINING_KEYS, *Settings.model_fields]) == []


AT_LEAST_1 = "must be 1 or more"
AT_LEAST_0 = "must be 0 or more"
OVER_391 = "must be greater than 391, the number of pieces that every vocabulary holds"
WHOLE = "must be a valid integer"
SWITCH = "must be a valid boolean"
NO_SAMPLING = (
    "must be true: with false the training keeps one tokenizer and draws none, "
    "so there would be nothing to count and the result would be empty"
)
BAD_FIELDS: list[tuple[str, object, str]] = [
    *((key, 0, AT_LEAST_1) for key in ("block_size", "train_batch_size", "tokenizer_batch_size", "n_pools")),
    ("block_size", -3, AT_LEAST_1),
    ("block_size", 2**20 + 1, "must be 1048576 or less"),
    ("n_pools", 2**16 + 1, "must be 65536 or less"),
    ("train_batch_size", 2**32 + 1, "must be 4294967296 or less"),
    ("block_size", "128", WHOLE),
    ("block_size", 1.5, WHOLE),
    ("block_size", True, WHOLE),
    ("block_size", None, WHOLE),
    ("block_size", [128], WHOLE),
    ("seed", -1, AT_LEAST_0),
    ("seed", 2**64, "must be 18446744073709551615 or less"),
    ("seed", math.inf, WHOLE),
    ("tokenizer_sample_min", 391, OVER_391),
    ("tokenizer_sample_max", 391, OVER_391),
    *((key, -1, AT_LEAST_1) for key in ("train_batch_size", "tokenizer_batch_size", "n_pools")),
    *((f"tokenizer_sample_{bound}", -500, OVER_391) for bound in ("min", "max")),
    ("tokenizer_sample_mean", "32768", "must be a valid number"),
    ("tokenizer_sample_mean", math.nan, "must be a finite number"),
    ("tokenizer_sample_mean", True, "must be a valid number"),
    *((f"tokenizer_{key}", -0.5, AT_LEAST_0) for key in ("sample_std", "noise_mean", "noise_std")),
    *((f"tokenizer_{key}", math.inf, "must be a finite number") for key in ("sample_std", "noise_mean", "noise_std")),
    ("do_sequence_packing", 1, SWITCH),
    ("sample_text_span", "true", SWITCH),
    (
        "do_tokenizer_sampling",
        False,
        NO_SAMPLING,
    ),
    ("train_directory", "", "must have at least 1 character"),
    ("train_directory", 3, "must be a valid string"),
    ("langs", ["python"], "must be a valid string"),
    ("tokenizer_name", 1, "must be a valid string"),
]


@pytest.mark.parametrize(("key", "value", "problem"), BAD_FIELDS)
def test_a_bad_field(place: Place, key: str, value: object, problem: str) -> None:
    place.write(**{key: value})
    assert place.refused() == f"{place.path}: {key} {problem} (found {json.dumps(value)})"


@pytest.mark.parametrize(("key", "value"), [("min", 32769), ("max", 8192)])
def test_a_bound_may_pass_the_others_default(place: Place, key: str, value: int) -> None:
    """The maximum then wins, as in the training."""
    place.write(**{f"tokenizer_sample_{key}": value})
    law = place.load().vocabulary
    assert {"min": law.size_min, "max": law.size_max} == {"min": 16384, "max": 32768} | {key: value}


def test_a_stream_batch_may_exceed_the_pool(place: Place) -> None:
    """The window is then one slot."""
    place.write(train_batch_size=256, tokenizer_batch_size=100)
    assert place.load().pool_size == PoolSize(batch_texts=256, batches=1)


def test_a_long_value_is_shown_in_part(place: Place) -> None:
    place.write(langs=["python\n"] * 100)
    assert place.refused() == (
        f'{place.path}: langs must be a valid string (found ["python\\n", "python\\n", '
        '"python\\n", "python\\n", "python\\n",...)'
    )


def test_all_bad_fields_at_once(place: Place) -> None:
    place.write(langs="go/x", block_size=0, tokenizer_sample_min=10, do_tokenizer_sampling=False, seed="1")
    assignments = ("n_pools=0", "n_pols=1")
    message = place.refused(num_batches=0, assignments=assignments)
    assert message.startswith(
        f"{place.path}: --set n_pols: not a setting of the sampling; did you mean 'n_pools'?; "
        "--num-batches must be from 1 to 4294967296 (found 0); "
        "seed must be a valid integer"
    )
    for part in (
        "block_size must",
        "--set n_pools must",
        "do_tokenizer_sampling must",
        "tokenizer_sample_min must",
    ):
        assert part in message
    assert "langs 'go/x': a list of languages is a file whose name ends in .txt" in message


def test_an_integral_float_is_an_integer(place: Place) -> None:
    place.path.write_text('{"train_directory": "train", "langs": "go", "block_size": 64.0, "seed": 1e3}')
    job = place.load()
    assert (job.texts.span, job.seed, type(job.seed)) == (1024, 1000, int)


@pytest.mark.parametrize("value", [-1, 0, 2**32 + 1])
def test_num_batches_out_of_range(place: Place, value: int) -> None:
    place.write()
    assert place.refused(num_batches=value) == (
        f"{place.path}: --num-batches must be from 1 to 4294967296 (found {value})"
    )


@pytest.mark.parametrize("value", [1, 2**32])
def test_num_batches_in_range(place: Place, value: int) -> None:
    place.write()
    assert place.load(num_batches=value).num_batches == value


def test_a_number_of_batches_that_is_none(place: Place) -> None:
    place.write()
    assert place.refused(num_batches="all") == (
        f'{place.path}: --num-batches must be a whole number, or training (found "all")'
    )


def test_a_whole_training_is_its_steps_without_the_identity_steps(place: Place) -> None:
    place.write(steps=200_000, identity_steps=10_000)
    assert place.load(num_batches="training").num_batches == 190_000
    assert place.load(num_batches="training", assignments=("identity_steps=0",)).num_batches == 200_000
    place.write(steps=5)
    assert place.load(num_batches="training").num_batches == 5
    assert place.load(num_batches=7).num_batches == 7
    number = place.load(num_batches=np.int64(7)).num_batches
    assert (number, type(number)) == (7, int)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "steps is missing; add it to the config, or give a number of batches"),
        ({"steps": None}, "steps is missing; add it to the config, or give a number of batches"),
        ({"steps": 9, "identity_steps": 9}, "9 steps less 9 identity_steps leave no draw; "),
        ({"steps": 9, "identity_steps": 10}, "9 steps less 10 identity_steps leave no draw; "),
        ({"steps": 2**32 + 1}, "4294967297 draws are more than 4294967296; "),
    ],
)
def test_a_training_without_draws(place: Place, values: dict[str, object], problem: str) -> None:
    place.write(**values)
    assert place.refused(num_batches="training").startswith(f"{place.path}: --num-batches training: {problem}")


def test_debug_reads_the_validation_data_and_divides_the_sizes(place: Place) -> None:
    (place.folder / "valid").mkdir()
    for name in ("python", "go"):
        (place.folder / "valid" / f"{name}.parquet").touch()
    place.write(debug=True, valid_directory="valid", train_batch_size=47, tokenizer_batch_size=71)
    job = place.load()
    assert job.train_directory == place.folder / "valid"
    assert job.pool_size == PoolSize(batch_texts=2, batches=4)  # 47 // 16; 71 // 8 = 8 texts
    line = "texts are those of valid_directory (valid), 2 in a stream batch and 8 in a pool"
    assert place.notices == [f"{place.path}: debug is true, as in the training: {line}"]
    place.write(debug=False, valid_directory="nowhere", train_batch_size=47, tokenizer_batch_size=71)
    job = place.load()
    assert (job.train_directory, job.pool_size) == (place.folder / "train", PoolSize(batch_texts=47, batches=2))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"train_batch_size": 15}, "divides train_batch_size, which is 15, by 16: no text is left; set a larger "),
        ({"tokenizer_batch_size": 7}, "divides tokenizer_batch_size, which is 7, by 8: no text is left; "),
        ({"valid_directory": None}, "reads valid_directory, which is missing; name the folder there"),
    ],
)
def test_debug_that_cannot_be(place: Place, values: dict[str, object], problem: str) -> None:
    place.write(**{"debug": True, "valid_directory": "valid"} | values)
    assert f"{place.path}: debug {problem}" in place.refused()


def test_weights_come_from_a_table_where_langs_has_names_only(place: Place) -> None:
    (place.folder / "pages.csv").write_text("lang_code,n_pages\npython,30\ngo,10\n")
    place.write(language_sampling_alpha=0.5)
    job = place.load(language_counts=place.folder / "pages.csv")
    assert job.languages == (Language("python", math.sqrt(0.75)), Language("go", 0.5))
    assert job.facts.weights == f"from {place.folder / 'pages.csv'}: pages ** 0.5"
    assert place.load(assignments=("langs=go",)).facts.weights == "1, the only language"
    assert "language_sampling_alpha is set, and langs has names only" in place.refused()


def test_defaults_and_unknown_keys_are_facts_that_leave_the_digest(place: Place) -> None:
    place.write(zzz=1, tokenizer_noise_std=4)
    job = place.load(assignments=("n_pools=1",))
    assert job.facts.unknown_keys == ("zzz",)
    assert {"n_pools", "tokenizer_noise_std"}.isdisjoint(job.facts.defaults)
    assert {"tokenizer_noise_mean": 0, "tokenizer_batch_size": 512}.items() <= job.facts.defaults.items()
    [line] = [line for line in place.notes if line.startswith("defaults")]
    assert line.startswith("defaults of the training, since the config does not set them: seed 42, block_size 128, ")
    assert ", tokenizer_noise_mean 0" in line
    assert "0.0" not in line
    assert "shared_pool" not in line
    place.write()
    assert place.load().digest() == replace(job, vocabulary=replace(job.vocabulary, noise_std=0.0)).digest()


def test_what_this_program_cannot_do_is_refused(place: Place) -> None:
    place.write(add_eos=False)
    assert place.refused().startswith(f"{place.path}: add_eos must be true, since this program has no rule for false; ")


def test_the_seed_flag_goes_before_set_and_set_before_the_file(place: Place) -> None:
    place.write(seed=1)
    assert place.load().seed == 1
    assert place.load(assignments=("seed=2",)).seed == 2
    assert place.load(assignments=("seed=2",), seed=2**64 - 1).seed == 2**64 - 1
    assert place.refused(assignments=("seed=-1",)).startswith(f"{place.path}: --set seed must be")
    assert place.refused(assignments=("seed=2",), seed=2**64).startswith(f"{place.path}: --seed must be")


def test_set_takes_json_or_else_text(place: Place) -> None:
    place.write()
    assignments = ("langs=go", "tokenizer_noise_mean=1e-5", "sample_text_span=false")
    job = place.load(assignments=assignments)
    assert (job.languages, job.vocabulary.noise_mean, job.texts.crop) == ((Language("go", 1.0),), 1e-5, False)
    assert place.load(assignments=('langs="python"',)).languages == (Language("python", 1.0),)


@pytest.mark.parametrize(
    ("key", "hint"),
    [("blocksize", "; did you mean 'block_size'?"), ("learning_rate", ""), ("hn_hidden_size", "")],
)
def test_set_refuses_what_changes_nothing(place: Place, key: str, hint: str) -> None:
    place.write()
    assert place.refused(assignments=(f"{key}=1",)) == (
        f"{place.path}: --set {key}: not a setting of the sampling{hint}"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "line 1, column 1: not JSON (Expecting value)"),
        (b'{\n  "seed" 1}', "line 2, column 10: not JSON (Expecting ':' delimiter)"),
        (b"{'seed': 1}", "line 1, column 2: not JSON (Expecting property name enclosed in double quotes)"),
        (b"[]", "not a JSON object but a list"),
        (b'"x"', "not a JSON object but a string"),
        (b"null", "not a JSON object but null"),
        (b"3", "not a JSON object but a single value"),
        (b"\xff{}", "not text in UTF-8 (byte 0)"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "not a JSON config ("),
    ],
)
def test_a_file_that_is_no_config(place: Place, text: bytes, problem: str) -> None:
    place.path.write_bytes(text)
    assert place.refused().startswith(f"{place.path}: {problem}")


def test_a_key_that_is_given_twice(place: Place) -> None:
    place.path.write_text('{"train_directory": "train", "langs": "go", "seed": 1, "langs": "go", "seed": 2}')
    assert place.refused() == f"{place.path}: more than one value for 'langs', 'seed'; keep the one that is meant"


def test_brackets_without_end(place: Place) -> None:
    place.path.write_bytes(b"[" * 100_000)
    assert "not " in place.refused()  # what is said depends on how deep this Python's parser goes


def test_text_that_no_file_name_can_hold(place: Place) -> None:
    place.path.write_text('{"train_directory": "\\ud800", "langs": "\\ud800.txt", "tokenizer_name": "\\u0000"}')
    message = place.refused()
    assert "train_directory is not UTF-8; " in message
    assert "langs: no file" in message


def test_a_byte_order_mark_is_no_syntax_error(place: Place) -> None:
    place.write()
    place.path.write_bytes(b"\xef\xbb\xbf" + place.path.read_bytes())
    assert place.load().seed == 42


def test_a_missing_config(place: Place) -> None:
    assert place.refused() == (f"{place.path}: no such config file; give the path of the training's JSON config")


def test_a_config_that_is_a_folder(place: Place) -> None:
    assert place.refused(place.folder) == (f"{place.folder}: a folder, not a config; give the JSON file that is in it")


def test_a_config_that_is_a_pipe_or_a_device(place: Place) -> None:
    os.mkfifo(place.path)
    assert place.refused() == (
        f"{place.path}: unreadable (it is a pipe, not a file); check the path and its permissions"
    )
    assert place.refused(Path("/dev/null")).startswith("/dev/null: unreadable (it is a device, not a file); ")


def test_a_config_that_cannot_be_read_now(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise OSError(errno.EMFILE, "x")

    place.write()
    monkeypatch.setattr(Path, "read_text", fail)
    with pytest.raises(TokstatsError) as caught:
        place.load()
    assert not isinstance(caught.value, ConfigError)
    assert str(caught.value) == (
        f"{place.path}: cannot be read now (Too many open files); "
        "raise `ulimit -n` (open files) and run the same command again"
    )


def test_a_config_from_a_pipe_that_the_shell_has_opened(place: Place) -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, place.write(seed=7, train_directory=str(place.folder / "train")).read_bytes())
        os.close(writer)
        assert place.load(Path(f"/dev/fd/{reader}")).seed == 7
    finally:
        os.close(reader)


def test_a_config_in_something_that_is_no_folder(place: Place) -> None:
    place.write()
    assert place.refused(place.path / "x").startswith(f"{place.path / 'x'}: unreadable (Not a directory); ")


def test_missing_data_is_named_with_the_command_that_makes_it(place: Place) -> None:
    place.write(langs="python cpp java")
    train = place.folder / "train"
    assert place.refused() == (
        f"{train / 'cpp.parquet'}, {train / 'java.parquet'}: no such data; make it with "
        f"`tokstats prepare --include-langs cpp java --out-train-dir {train}`"
    )


def test_a_list_of_languages_without_its_ending(place: Place) -> None:
    (place.folder / "languages").write_text("python,1\n")
    place.write(langs="languages")
    assert place.refused().endswith(
        f"; or rename {place.folder / 'languages'} to languages.txt if it is a list of languages"
    )
    (place.folder / "train" / "languages.parquet").touch()
    assert place.load().languages == (Language("languages", 1.0),)


def test_a_missing_train_directory_is_the_working_directorys(place: Place) -> None:
    place.write(train_directory="nowhere", langs="go")
    missing = Path.cwd() / "nowhere"
    assert place.refused() == (
        f"{missing / 'go.parquet'}: no such data; make it with "
        f"`tokstats prepare --include-langs go --out-train-dir {missing}`"
    )


def test_the_working_directorys_data_goes_before_the_configs(place: Place) -> None:
    (Path.cwd() / "train").mkdir()
    (Path.cwd() / "train" / "go.parquet").touch()
    place.write(langs="go")
    assert place.load().train_directory == Path.cwd() / "train"


def test_en_without_data_is_left_out(place: Place) -> None:
    place.write(langs="en go")
    assert place.load().languages == (Language("go", 1.0),)
    assert place.notices == [f"language 'en' is left out: {place.folder / 'train/en.parquet'} does not exist"]


def test_en_with_data_stays(place: Place) -> None:
    (place.folder / "train" / "en.parquet").touch()
    place.write(langs="en go")
    assert place.load().languages == (Language("en", 1.0), Language("go", 1.0))
    assert place.notices == []


def test_nothing_but_en_without_data(place: Place) -> None:
    place.write(langs="en")
    assert place.refused() == (
        f"No code languages found! langs names only 'en', which has no data in {place.folder / 'train'}; name another"
    )


def test_weight_0_needs_no_data(place: Place) -> None:
    (place.folder / "langs.txt").write_text("go,1\ncpp,0\n")
    place.write(langs="langs.txt")
    assert place.load().languages == (Language("go", 1.0),)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, object]]:
    """Tokenizers that are asked for; none has an eos token."""
    names: list[tuple[object, object]] = []

    def load_reference(name: object, revision: object, **_: object) -> Reference:
        names.append((name, revision))
        return Reference(None, ())

    monkeypatch.setattr(load, "load_reference", load_reference)
    return names


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"tokenizer_name": "a/tokenizer", "model_name_or_path": "a/model"}, "a/tokenizer"),
        ({"tokenizer_name": None, "model_name_or_path": "a/model"}, "a/model"),
        ({"tokenizer_name": "", "model_name_or_path": "a/model"}, "a/model"),
        ({"model_name_or_path": ""}, None),
    ],
)
def test_where_the_tokenizer_comes_from(
    place: Place, asked: list[tuple[object, object]], values: dict[str, object], name: str | None
) -> None:
    place.write(**values, revision="refs/pr/8", do_sequence_packing=False)
    assert place.load().reference == Reference(None, ())
    assert asked == [(name, "refs/pr/8")]


@pytest.mark.usefixtures("asked")
def test_rows_are_packed_without_an_eos_token_too(place: Place) -> None:
    place.write(tokenizer_name="a/b")
    job = place.load(eos_token=None)
    assert (job.texts.pack, job.texts.eos, job.reference.eos_token) == (True, "", None)
    (notice,) = place.notices
    assert notice == (
        "reference tokenizer 'a/b' has no eos token: as in the training, nothing is put between packed rows; "
        'to put a token there, pass --eos-token "</s>"'
    )
    place.write(tokenizer_name="a/b", do_sequence_packing=False)
    place.load(eos_token=None)
    assert len(place.notices) == 1


def test_an_empty_typed_eos_token_is_no_eos_token(place: Place) -> None:
    place.write()
    job = place.load(eos_token="")
    assert (job.texts.pack, job.texts.eos, job.reference) == (True, "", Reference(None, SPECIAL_TOKENS))
    assert place.notices == []
    assert job.digest() != place.load().digest()


def test_a_job_can_be_sent_to_a_worker(place: Place) -> None:
    place.write()
    job = place.load()
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - our own bytes


CHANGES: Mapping[str, Callable[[Job], Job]] = {
    "seed": lambda job: replace(job, seed=43),
    "weight": lambda job: replace(job, languages=(Language("python", 2.0), Language("go", 1.0))),
    "language": lambda job: replace(job, languages=job.languages[:1]),
    "eos": lambda job: changed(job, eos="<end>"),
    "special": lambda job: replace(job, reference=Reference("</s>", SPECIAL_TOKENS[:1])),
    "span": lambda job: changed(job, span=16),
    "pack": lambda job: changed(job, pack=False),
    "crop": lambda job: changed(job, crop=False),
    "pools": lambda job: replace(job, pools=2),
    "batch": lambda job: changed(job, batch_texts=1),
    "window": lambda job: changed(job, batches=1),
    "mean": lambda job: changed(job, size_mean=32767.5),
    "std": lambda job: changed(job, size_std=1),
    "min": lambda job: changed(job, size_min=392),
    "max": lambda job: changed(job, size_max=40000),
    "noise mean": lambda job: changed(job, noise_mean=1e-5),
    "noise std": lambda job: changed(job, noise_std=1),
}


def test_each_change_of_a_draw_changes_the_digest(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write()
    job = place.load()
    digests = {name: change(job).digest() for name, change in CHANGES.items()} | {"none": job.digest()}
    monkeypatch.setattr("tokstats_parallel._native.SAMPLING_VERSION", -1)
    digests["sampling version"] = job.digest()
    monkeypatch.setattr("tokstats_parallel._native.UNICODE_VERSION", "1.0.0")
    digests["Unicode version"] = job.digest()
    assert len(set(digests.values())) == len(digests)
    assert all(len(digest) == 64 for digest in digests.values())


def test_what_cannot_change_a_draw_leaves_the_digest(place: Place) -> None:
    place.write()
    job = place.load()
    numbered = tuple((token, number) for number, (token, _) in enumerate(SPECIAL_TOKENS))
    for other in (
        replace(job, num_batches=1),
        replace(job, train_directory=Path("/elsewhere")),
        replace(job, reference=Reference("</s>", numbered)),
        changed(job, size_mean=32768.0, noise_std=0.0),
    ):
        assert other.digest() == job.digest()
    unpacked = changed(job, pack=False)
    assert changed(unpacked, eos="", reference=Reference(None, SPECIAL_TOKENS)).digest() == unpacked.digest()


@pytest.mark.parametrize("folder", [".", "configs", "tests"])
def test_the_published_config(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / folder)
    names = ("github-issues-filtered-structured", "python", "javascript", "java", "cpp", "go")
    for name in names:
        (tmp_path / f"{name}.parquet").touch()
    place = Place(tmp_path)
    config = Path(os.path.relpath(ROOT / "configs" / "token_stats_code_only.json"))
    job = place.load(config, assignments=(f"train_directory={tmp_path}",))
    assert place.notices == []
    assert job == small_job(
        num_batches=1000,
        seed=42,
        languages=tuple(Language(name, 1.0) for name in names),
        train_directory=tmp_path,
        reference=Reference("</s>", SPECIAL_TOKENS),
        span=2048,
        pack=True,
        crop=True,
        pools=1,
        batch_texts=128,
        batches=16,
        size_mean=32768,
        size_std=0,
        size_min=16384,
        size_max=32768,
        noise_mean=1e-5,
        noise_std=4,
    )


def test_the_demos_config_samples_as_the_published_one(tmp_path: Path) -> None:
    for name in ("python", "cpp", "markdown"):
        (tmp_path / f"{name}.parquet").touch()
    place = Place(tmp_path)
    demo = ROOT / "configs" / "demo.json"
    job = load_job(JobRequest(config=demo, assignments=(f"train_directory={tmp_path}",)), notify=place.notify)
    assert place.notices == []
    assert job.languages == tuple(Language(name, 1.0) for name in ("python", "cpp", "markdown"))
    assert job.reference == Reference("</s>", (("<unk>", 0), ("<s>", 1), ("</s>", 2)))
    published = read_config(ROOT / "configs" / "token_stats_code_only.json")
    names = {
        "train_directory",
        "valid_directory",
        "langs",
        "model_name_or_path",
        "tokenizer_name",
        "revision",
    }
    sampling = Settings.model_fields.keys() - names
    values = read_config(demo)
    assert {key: values.get(key) for key in sampling} == {key: published.get(key) for key in sampling}
