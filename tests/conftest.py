"""Settings of random tests: TEST_EXAMPLES examples each, drawn from TEST_SEED; a failed run prints both.

Child processes find the modules of `tests/support`, because some tests send them functions and shards from there.
"""

import os
import secrets
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tokstats_parallel.engines.local import imports

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "100"))
# The seed stays in the environment, because all workers of a parallel run must take the same one.
SEED = int(os.environ.setdefault("TEST_SEED", str(secrets.randbits(32))))

settings.register_profile("tokstats", max_examples=EXAMPLES, deadline=None, derandomize=False, print_blob=True)
settings.load_profile("tokstats")


@pytest.hookimpl(tryfirst=True)  # hypothesis's own plugin reads the option in the same hook
def pytest_configure(config: pytest.Config) -> None:
    config.option.hypothesis_seed = SEED
    # A shell starts what runs in the background without Ctrl-C, which some tests send to their own process.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _children_find_support() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "LIBRARIES", (*imports.LIBRARIES, "support"))
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"repeat with TEST_SEED={SEED} TEST_EXAMPLES={EXAMPLES}")
