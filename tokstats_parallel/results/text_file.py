"""Text file: a file with a text that a command writes, such as an answer or a page."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tokstats_parallel.errors import OutputError, advice, reason
from tokstats_parallel.results.paths import check_places, output_target, refuse_inputs
from tokstats_parallel.system.atomic import flush, temporary_path
from tokstats_parallel.system.file_lock import locked_file

Refusal = Callable[[Path], None]
"""Check that a file may be replaced; raises OutputError if it must stay."""
_OTHER_FILE = "name another file with --output-file"


def refuse_existing(target: Path) -> None:
    """Refuses to replace any file that is not empty.

    Raises:
        OutputError: There is such a file.
    """
    with suppress(FileNotFoundError):
        if target.stat().st_size:
            raise OutputError(f"{target}: is there already; replace it with --force, or {_OTHER_FILE}")


def refuse_none(_target: Path) -> None:
    """Lets any file be replaced."""


def check_text_file(file: Path, inputs: Iterable[Path], refuse: Refusal) -> None:
    """Checks, before any work is done, that a file can be written.

    Args:
        file: Path as typed.
        inputs: Files and folders that are read, which no output may replace.
        refuse: Check of the file that would be replaced.

    Raises:
        OutputError: There is no place for the file, or another one must stay.
    """
    target = output_target(file)
    check_places([target])
    refuse_inputs([target], inputs)
    refuse(target)


def write_text_file(file: Path, text: str, refuse: Refusal) -> None:
    """Writes a file; a reader of its path finds the old file or the whole new one.

    Args:
        file: Path as typed.
        text: Content.
        refuse: As for `check_text_file`, since another process may have written the file meanwhile.

    Raises:
        OutputError: The file cannot be written, or another one must stay.
    """
    target = output_target(file)
    try:
        with locked_file(temporary_path(target), on_wait=lambda: None) as temporary:
            temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
            flush(temporary)
            refuse(target)
            temporary.replace(target)
        flush(target.parent)
    except OSError as error:
        raise OutputError(
            f"{file}: cannot be written ({reason(error)}); {advice(error, f'see to that, or {_OTHER_FILE}')}"
        ) from error
