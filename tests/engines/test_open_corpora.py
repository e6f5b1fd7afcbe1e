"""Open corpora of a worker: few at a time, for any number of languages, and always the right one."""

import random
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.runs import cache_of, make_job

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import Corpus, open_corpus, open_handle
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.engines.open_corpora import MAX_OPEN, OpenCorpora


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def handle_of(job: Job, language: str, *, use_cache: bool = True) -> CorpusHandle:
    corpus = open_corpus(job.train_directory, language, cache_dir=cache_of(job), use_cache=use_cache)
    return corpus.handle


@pytest.fixture
def handles(job: Job) -> dict[str, CorpusHandle]:
    """Handles of a thousand languages in two cache files."""
    two = [handle_of(job, "python"), handle_of(job, "markdown")]
    names = [f"language{number}" for number in range(1000)]
    return {name: replace(two[number % 2], language=name) for number, name in enumerate(names)}


def open_files() -> int:
    return len([one for one in psutil.Process().open_files() if one.path.endswith(".arrow")])


def test_few_of_a_thousand_languages_are_open(handles: dict[str, CorpusHandle]) -> None:
    before = open_files()
    corpora = OpenCorpora(handles)
    for name, handle in handles.items():
        (corpus,) = corpora.of([name])
        assert corpus.handle is handle
        assert len(corpus[0]) > 0
        assert open_files() - before <= MAX_OPEN + 1, "one more is only here, as a runner may have it"
    del corpus
    assert open_files() - before == MAX_OPEN


class Opening:
    """Opens corpora, and records the languages."""

    def __init__(self) -> None:
        self.languages: list[str] = []

    def __call__(self, handle: CorpusHandle) -> Corpus:
        self.languages.append(handle.language)
        return open_handle(handle)


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Opening:
    opening = Opening()
    monkeypatch.setattr("tokstats_parallel.engines.open_corpora.open_handle", opening)
    return opening


def test_the_latest_stay_open(handles: dict[str, CorpusHandle], opening: Opening) -> None:
    """Compared with a list of the latest names, the slow definition."""
    corpora, latest, expected = OpenCorpora(handles), list[str](), list[str]()
    dice = random.Random(7)  # noqa: S311 - repeatable
    for _ in range(2000):
        name = f"language{min(int(dice.expovariate(0.1)), 999)}"
        if name not in latest[-MAX_OPEN:]:
            expected.append(name)
        latest = [*(one for one in latest if one != name), name]
        assert corpora.of([name])[0].handle == handles[name]
    assert opening.languages == expected
    assert MAX_OPEN < len(expected) < 2000


def test_without_a_cache_no_corpus_is_read_twice(job: Job, opening: Opening) -> None:
    handle = handle_of(job, "python", use_cache=False)
    names = [f"language{number}" for number in range(2 * MAX_OPEN)]
    corpora = OpenCorpora(dict.fromkeys(names, handle))
    for name in [*names, *names]:
        assert corpora.of([name])[0].handle == handle
    assert len(opening.languages) == 2 * MAX_OPEN


def test_all_languages_of_a_shared_pool_stay_open(handles: dict[str, CorpusHandle], opening: Opening) -> None:
    names = list(handles)[: 3 * MAX_OPEN]
    corpora = OpenCorpora(handles)
    first = corpora.of(names)
    assert [corpus.name for corpus in first] == names
    assert all(one is other for one, other in zip(first, corpora.of(names), strict=True))
    assert opening.languages == names
    corpora.of(["language999"])
    assert len(corpora._open) == MAX_OPEN
