import os
from pathlib import Path

import pytest

from tokstats_parallel.config.languages import Language, load_languages
from tokstats_parallel.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a config, beside the working directory `cwd`."""
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    monkeypatch.chdir(cwd)
    configs = tmp_path / "configs"
    configs.mkdir()
    return configs


def load(langs: str, folder: Path) -> list[tuple[str, float]]:
    return [(language.name, language.weight) for language in loaded(langs, folder)[0]]


def loaded(langs: str, folder: Path) -> tuple[tuple[Language, ...], list[str]]:
    notices: list[str] = []
    return load_languages(langs, config_folder=folder, notify=notices.append), notices


def refused(langs: str, folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_languages(langs, config_folder=folder, notify=pytest.fail)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_words_weigh_1_each(folder: Path) -> None:
    assert load(" python  cpp\tgo ", folder) == [("python", 1.0), ("cpp", 1.0), ("go", 1.0)]


def test_one_word_is_a_language(folder: Path) -> None:
    assert load("python", folder) == [("python", 1.0)]


def test_a_list_of_names_may_be_longer_than_a_file_name(folder: Path) -> None:
    names = [f"language{number}" for number in range(1000)]
    assert [name for name, _ in load(" ".join(names), folder)] == names


def test_a_folder_of_that_name_is_no_file(folder: Path) -> None:
    Path("python").mkdir()
    assert load("python", folder) == [("python", 1.0)]


@pytest.mark.parametrize(
    "text",
    [
        "python,1\ncpp,2.5\ngo\n",
        "# languages\n\n  python , 1\n\t\n#cpp,9\ncpp,25e-1\ngo",
        "\ufeffpython\r\ncpp,2.5\r\ngo,1\r\n",
    ],
    ids=["plain", "comments and white space", "byte order mark and CRLF"],
)
def test_a_file_of_lines(folder: Path, text: str) -> None:
    (folder / "langs.txt").write_bytes(text.encode())
    assert load("langs.txt", folder) == [("python", 1.0), ("cpp", 2.5), ("go", 1.0)]


def test_the_working_directory_goes_before_the_configs_folder(folder: Path) -> None:
    (folder / "langs.txt").write_text("java\n")
    assert load("langs.txt", folder) == [("java", 1.0)]
    Path("langs.txt").write_text("go\n")
    assert load("langs.txt", folder) == [("go", 1.0)]
    assert load(str(folder / "langs.txt"), folder) == [("java", 1.0)]


def test_a_file_needs_no_suffix(folder: Path) -> None:
    (folder / "languages").write_text("java\n")
    assert load("languages", folder) == [("java", 1.0)]


def test_weight_0_is_left_out_with_a_notice(folder: Path) -> None:
    (folder / "langs.txt").write_text("python,1\ncpp,0\ngo,0.0\n")
    languages, notices = loaded("langs.txt", folder)
    assert languages == (Language("python", 1.0),)
    assert notices == [f"{folder / 'langs.txt'}: weight 0 keeps cpp, go out of the draw"]


@pytest.mark.parametrize("langs", ["langs.txt", "langs.csv", "lists/langs", "my langs.txt", "a\\b"])
def test_a_missing_file_is_named_with_its_candidates(folder: Path, langs: str) -> None:
    assert refused(langs, folder) == (
        f"langs: no file {langs!r} (looked for {Path.cwd() / langs} and {folder / langs}); "
        "create it with one 'name,weight' line for each language, or give the names separated by spaces"
    )


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "langs.txt")
    assert f"(looked for {Path.cwd() / 'langs.txt'} and {folder / 'langs.txt'}, which is a pipe);" in refused(
        "langs.txt", folder
    )


def test_an_absolute_path_has_one_place(folder: Path) -> None:
    missing = folder / "langs.txt"
    assert f"(looked for {missing});" in refused(str(missing), folder)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",1", "the language's name is empty; write 'name,weight'"),
        (" , 1", "the language's name is empty; write 'name,weight'"),
        ("go,", "weight '' of language 'go' must be a finite number, 0 or more"),
        ("go,one", "weight 'one' of language 'go' must be a finite number, 0 or more"),
        ("go,-1", "weight '-1' of language 'go' must be a finite number, 0 or more"),
        ("go,nan", "weight 'nan' of language 'go' must be a finite number, 0 or more"),
        ("go,inf", "weight 'inf' of language 'go' must be a finite number, 0 or more"),
        ("go,1e999", "weight '1e999' of language 'go' must be a finite number, 0 or more"),
        ("go,1,2", "'go,1' holds a comma; write 'name,weight' in a file, one language a line"),
        ("python,2", "language 'python' was named in line 1 already"),
        ("../go,1", "language '../go' would lead out of train_directory; use the plain name of its data"),
        ("a/b", "language 'a/b' would lead out of train_directory; use the plain name of its data"),
        ("a\\b", "language 'a\\\\b' would lead out of train_directory; use the plain name of its data"),
        ("a\0b", "language 'a\\x00b' would lead out of train_directory; use the plain name of its data"),
        ("..", "language '..' would lead out of train_directory; use the plain name of its data"),
        (".", "language '.' would lead out of train_directory; use the plain name of its data"),
    ],
)
def test_a_bad_line(folder: Path, line: str, problem: str) -> None:
    path = folder / "langs.txt"
    path.write_text(f"python,1\n\n{line}\n")
    assert refused("langs.txt", folder) == f"{path}: line 3: {problem}"


def test_all_bad_lines_at_once(folder: Path) -> None:
    (folder / "langs.txt").write_text("python,x\n# comment\n,1\ngo,-1\ncpp\ncpp\n")
    message = refused("langs.txt", folder)
    assert [part.partition(": ")[0] for part in message.partition(".txt: ")[2].split("; ")] == [
        "line 1",
        "line 3",
        "write 'name,weight'",
        "line 4",
        "line 6",
    ]


def test_bad_words(folder: Path) -> None:
    assert refused("python go/.. python cpp,2", folder) == (
        "langs 'python go/.. python cpp,2': "
        "word 2: language 'go/..' would lead out of train_directory; use the plain name of its data; "
        "word 3: language 'python' was named in word 1 already; "
        "word 4: 'cpp,2' holds a comma; write 'name,weight' in a file, one language a line"
    )


@pytest.mark.parametrize("text", ["", "\n \n", "# python,1\n"])
def test_an_empty_file(folder: Path, text: str) -> None:
    (folder / "langs.txt").write_text(text)
    assert refused("langs.txt", folder) == (
        f"{folder / 'langs.txt'}: No code languages found! "
        "It lists none; write one 'name,weight' line for each language"
    )


@pytest.mark.parametrize("langs", ["", "  "])
def test_no_words(folder: Path, langs: str) -> None:
    assert "No code languages found!" in refused(langs, folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("python,0\ngo,0.0\n", "all weights are 0, so no batch has a language; raise at least one of them"),
        ("python,1e308\ngo,1e308\n", "the weights' sum is too large for a number; use smaller weights"),
    ],
)
def test_weights_that_cannot_be_drawn_from(folder: Path, text: str, problem: str) -> None:
    (folder / "langs.txt").write_text(text)
    assert refused("langs.txt", folder) == f"{folder / 'langs.txt'}: {problem}"


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "langs.txt").write_bytes(b"python\xff\n")
    assert refused("langs.txt", folder).startswith(f"{folder / 'langs.txt'}: not readable as UTF-8 text (")
