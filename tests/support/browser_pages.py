"""Pages that tests show in a browser, about results of all kinds; all processes of a run of tests make each once."""

import fcntl
import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from support.corpora import write_parquet
from support.large_result import large_result
from support.paths import ROOT
from support.report_results import HOSTILE, random_result
from support.runs import SMALL, make_job, run, small_job
from support.sample_page import HOSTILE as HOSTILE_TEXTS
from support.sample_page import JUNK
from support.small_result import small_result

from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.report.contents import Page
from tokstats_parallel.report.files import ReportPlaces
from tokstats_parallel.report.html import render
from tokstats_parallel.report.make_page import make_page
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.sampling import PoolSize, VocabularyLaw

SIX = ("python", "java", "cpp", "go", "javascript", "github-issues-filtered-structured")
DEMO_TOKENIZER = str(ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer")
TOKENS = 5_000_000


@dataclass(frozen=True)
class Made:
    """Page as data, and its file."""

    page: Page = field(repr=False)
    path: Path

    @property
    def address(self) -> str:
        """Address of the file."""
        return self.path.as_uri()


def made(name: str, folder: Path) -> Made:
    """Makes the page of a name in a folder that processes share, unless it is there."""
    folder.mkdir(exist_ok=True)
    stem = name.replace(" ", "-")
    path, pickled = folder / f"{stem}.html", folder / f"{stem}.pickle"
    with (folder / f"{stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not pickled.exists():
            work = folder / stem
            page = PAGES[name](work)
            ReportPlaces(path).write(page, render(page))
            pickled.write_bytes(pickle.dumps(page))
            shutil.rmtree(work)
        return Made(pickle.loads(pickled.read_bytes()), path)  # noqa: S301 - just written


def _demo(folder: Path) -> Page:
    """The page about a small demo: a run over the code and the pages of this checkout."""
    for language, pattern in _CODE.items():
        write_parquet(folder / f"{language}.parquet", [path.read_text("utf-8") for path in sorted(ROOT.glob(pattern))])
    languages = tuple(Language(language, 1.0) for language in _CODE)
    changes = {"pool_size": PoolSize(batch_texts=32, batches=4), "texts": replace(SMALL.texts, span=512)}
    return _page(small_job(languages=languages, train_directory=folder, num_batches=90, vocabulary=_LAW, **changes))


def _six_languages(folder: Path) -> Page:
    return _page(make_job(folder, SIX, num_batches=120))


def _page(job: Job) -> Page:
    return make_page(TokenStats.load(run(job).output.json))


_CODE = {"python": "tokstats_parallel/**/*.py", "rust": "native/src/**/*.rs", "markdown": "docs/*.md"}
_LAW = VocabularyLaw(size_mean=6000.0, size_std=0.0, size_min=6000, size_max=6000, noise_mean=1e-5, noise_std=4.0)


def _many_tokens(folder: Path) -> Page:
    return make_page(large_result(folder, TOKENS))


def _one_batch(folder: Path) -> Page:
    return make_page(small_result(folder, random_result({"go": 1})))


def _hostile(folder: Path) -> Page:
    texts = [text.encode("utf-8", "surrogatepass")[:15] for text in HOSTILE_TEXTS]
    tokens = dict.fromkeys([*HOSTILE, *texts, *JUNK, b"<!--", b"-->", b"'\"`", "\u2066\u2069".encode()])
    held = {token: 9 - at % 8 for at, token in enumerate(tokens) if len(token) > 1}
    name = "<b>&'\"\u202e"
    return make_page(small_result(folder, {name: (9, held), "c": (9, dict(list(held.items())[::2]) | {b"ab": 2})}))


def _two_results(folder: Path) -> Page:
    batches = {"go": 60, "c": 40, "lua": 25}
    one = small_result(folder / "one", random_result(batches, seed=8))
    return make_page(one, small_result(folder / "other", random_result(batches, seed=9)))


def _with_tokenizer(folder: Path) -> Page:
    counts = random_result({"go": 60, "c": 40}, words=600)
    return make_page(small_result(folder, counts), tokenizers=[find_pieces(DEMO_TOKENIZER)])


PAGES: Mapping[str, Callable[[Path], Page]] = {
    "demo": _demo,
    "six languages": _six_languages,
    "many tokens": _many_tokens,
    "one batch": _one_batch,
    "hostile": _hostile,
    "two results": _two_results,
    "with a tokenizer": _with_tokenizer,
}
"""Name -> makes the page, with files in a new folder."""
