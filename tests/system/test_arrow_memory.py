"""Arrow's allocator in the package's commands, and in scripts that only call the package."""

import os
import subprocess
import sys

import pytest

COMMAND = "import os; os._exit = lambda code: None; from tokstats_parallel.commands.main import run; run(['--help'])"
CALL = "import tokstats_parallel.run.coordinator"
TELL = "import pyarrow; print(pyarrow.default_memory_pool().backend_name)"


def pool(code: str, **environment: str) -> str:
    """The name of Arrow's allocator after these statements."""
    others = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    command = [sys.executable, "-c", f"{code}\n{TELL}"]
    done = subprocess.run(command, env=others | environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_commands_take_the_memory_of_the_c_library() -> None:
    assert pool(COMMAND) == "system"


def test_scripts_that_call_us_choose_for_themselves() -> None:
    assert pool(CALL) == pool("")


@pytest.mark.parametrize("wanted", ["system", "mimalloc"])
def test_users_choose_for_themselves(wanted: str) -> None:
    import pyarrow as pa  # noqa: PLC0415

    if wanted not in pa.supported_memory_backends():
        pytest.skip(f"this Arrow has no {wanted}")
    assert pool(COMMAND, ARROW_DEFAULT_MEMORY_POOL=wanted) == wanted
