"""Chromium, one for each process of a run of tests, and the pages that it shows."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.browser import Browser, chromium
from support.browser_pages import PAGES, Made, made


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that all processes of a run of tests have in common."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "pages"


@pytest.fixture(params=PAGES)
def made_page(request: pytest.FixtureRequest, started: Browser, shared: Path) -> Made:
    """Each page in turn; none is made where there is no browser."""
    assert started
    return made(request.param, shared)


@pytest.fixture
def browser(started: Browser) -> Iterator[Browser]:
    """Browser whose pages must load nothing and have nothing to complain about."""
    started.complaints()
    started.asked()
    yield started
    elsewhere = [address for address in started.asked() if not address.startswith(("file:", "data:", "blob:"))]
    assert (started.complaints(), elsewhere) == ([], [])
