import errno
import os
from pathlib import Path

import pytest

from tokstats_parallel.config.languages import read_languages
from tokstats_parallel.errors import ConfigError, TokstatsError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a config, beside the working directory `cwd`."""
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    monkeypatch.chdir(cwd)
    configs = tmp_path / "configs"
    configs.mkdir()
    return configs


def load(langs: str, folder: Path) -> list[tuple[str, float | None]]:
    listed = read_languages(langs, config_folder=folder)
    weights = [None] * len(listed.names) if listed.weights is None else listed.weights
    return list(zip(listed.names, weights, strict=True))


def refused(langs: str, folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_languages(langs, config_folder=folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_words_have_no_weights(folder: Path) -> None:
    assert load(" python  cpp\tgo ", folder) == [("python", None), ("cpp", None), ("go", None)]


def test_one_word_is_a_language(folder: Path) -> None:
    assert load("python", folder) == [("python", None)]


def test_a_list_of_names_may_be_longer_than_a_file_name(folder: Path) -> None:
    names = [f"language{number}" for number in range(1000)]
    assert [name for name, _ in load(" ".join(names), folder)] == names


def test_a_folder_of_that_name_is_no_file(folder: Path) -> None:
    Path("python").mkdir()
    assert load("python", folder) == [("python", None)]


@pytest.mark.parametrize("content", [b"java,1\n", b"\x7fELF\0\xff"], ids=["lines", "a program"])
@pytest.mark.parametrize("langs", ["go", "go cpp", "c.sharp"])
def test_a_file_of_that_name_is_no_list_unless_it_ends_in_txt(folder: Path, langs: str, content: bytes) -> None:
    for place in (Path(langs), folder / langs):
        place.write_bytes(content)
    assert load(langs, folder) == [(name, None) for name in langs.split()]


@pytest.mark.parametrize(
    "text",
    [
        "python,1\ncpp,2.5\ngo,1\n",
        "# languages\n\n  python , 1\n\t\n#cpp,9\ncpp,25e-1\ngo,1",
        "\ufeffpython,1\r\ncpp,2.5\r\ngo,1\r\n",
    ],
    ids=["plain", "comments and white space", "byte order mark and CRLF"],
)
def test_a_file_of_lines(folder: Path, text: str) -> None:
    (folder / "langs.txt").write_bytes(text.encode())
    assert load("langs.txt", folder) == [("python", 1.0), ("cpp", 2.5), ("go", 1.0)]


def test_a_file_of_names(folder: Path) -> None:
    (folder / "langs.txt").write_text("# all of them\npython\n common lisp \ngo")
    assert load("langs.txt", folder) == [("python", None), ("common lisp", None), ("go", None)]


def test_the_working_directory_goes_before_the_configs_folder(folder: Path) -> None:
    (folder / "langs.txt").write_text("java\n")
    assert load("langs.txt", folder) == [("java", None)]
    Path("langs.txt").write_text("go\n")
    assert load("langs.txt", folder) == [("go", None)]
    assert load(str(folder / "langs.txt"), folder) == [("java", None)]


@pytest.mark.parametrize("langs", ["langs.txt", "my langs.txt", "lists/langs.txt"])
def test_a_missing_file_is_named_with_its_candidates(folder: Path, langs: str) -> None:
    assert refused(langs, folder) == (
        f"langs: no file {langs!r} (looked for {Path.cwd() / langs} and {folder / langs}); "
        "create it with one 'name,weight' or one 'name' a line, or give the names separated by spaces"
    )


@pytest.mark.parametrize("langs", ["langs.csv", "lists/langs", "a\\b", "langs.TXT"])
def test_a_file_of_another_ending_is_to_be_renamed(folder: Path, langs: str) -> None:
    rule = f"langs {langs!r}: a list of languages is a file whose name ends in .txt, as in the training; "
    last = ", or give the names separated by spaces"
    assert refused(langs, folder) == f"{rule}name one (looked for {Path.cwd() / langs} and {folder / langs}){last}"
    (folder / langs).parent.mkdir(exist_ok=True)
    (folder / langs).write_text("python,1\n")
    assert refused(langs, folder) == f"{rule}rename {folder / langs}{last}"


@pytest.mark.parametrize("langs", ["/dev/fd/63", "/proc/self/fd/63"])
def test_process_substitution_is_no_list(folder: Path, langs: str) -> None:
    assert "; write the lines to such a file instead of <(...), or " in refused(langs, folder)


def test_a_name_that_is_not_utf8(folder: Path) -> None:
    assert refused("python caf\udce9", folder).endswith(
        "word 2: language 'caf\\udce9' is not UTF-8; give its data a name in UTF-8"
    )


def test_a_file_that_cannot_be_read_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of the config."""
    (folder / "langs.txt").write_text("python")

    def fail(*_: object, **__: object) -> str:
        raise OSError(errno.EMFILE, "x")

    monkeypatch.setattr(Path, "read_text", fail)
    with pytest.raises(TokstatsError, match=r"langs\.txt: cannot be read now .*; raise `ulimit -n`") as caught:
        load("langs.txt", folder)
    assert caught.value.exit_code == 1


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
        ("go", "language 'go' has no weight, and line 1 has one; give every language one, or none"),
        ("go 3", "'go 3' has no comma before the weight; write 'go,3'"),
        ("common lisp\t2.5", "'common lisp\\t2.5' has no comma before the weight; write 'common lisp,2.5'"),
        (
            "\u20ac" * 99 + ",1",
            "language '" + "\u20ac" * 60 + "...' is too long for the name of a file; use the name of its data",
        ),
        ("..", "language '..' would lead out of train_directory; use the plain name of its data"),
        (".", "language '.' would lead out of train_directory; use the plain name of its data"),
    ],
)
def test_a_bad_line(folder: Path, line: str, problem: str) -> None:
    path = folder / "langs.txt"
    path.write_text(f"python,1\n\n{line}\n")
    assert refused("langs.txt", folder) == f"{path}: line 3: {problem}"


def test_a_weight_after_names_only(folder: Path) -> None:
    (folder / "langs.txt").write_text("\npython\ngo\ncpp,2\n")
    assert refused("langs.txt", folder) == (
        f"{folder / 'langs.txt'}: line 4: language 'cpp' has a weight, and line 2 has none; "
        "give every language one, or none"
    )


def test_all_bad_lines_at_once(folder: Path) -> None:
    (folder / "langs.txt").write_text("python,x\n# comment\n,1\ngo,-1\ncpp,1\ncpp,1\n")
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
        f"{folder / 'langs.txt'}: No code languages found! It lists none; write one 'name,weight' or one 'name' a line"
    )


@pytest.mark.parametrize("langs", ["", "  "])
def test_no_words(folder: Path, langs: str) -> None:
    assert "No code languages found!" in refused(langs, folder)


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "langs.txt").write_bytes(b"python\xff\n")
    assert refused("langs.txt", folder).startswith(f"{folder / 'langs.txt'}: not readable as UTF-8 text (")
