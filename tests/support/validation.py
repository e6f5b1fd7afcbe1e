"""Calls of `validate` in a small working directory, and the checks that they return."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from support.places import Place

from tokstats_parallel.commands.main import main
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.validate.check import CheckStatus
from tokstats_parallel.validate.data import LanguageData, check_data
from tokstats_parallel.validate.request import ValidationRequest
from tokstats_parallel.validate.run import ValidationReport, validate

TYPED_OPTIONS: dict[str, Any] = {"special_tokens": "<s>,</s>", "eos_token": "</s>"}
JOB_OPTIONS = ("num_batches", "seed", "assignments", "special_tokens", "eos_token")


def request_for(place: Place, **options: Any) -> ValidationRequest:
    job = {name: options.pop(name) for name in JOB_OPTIONS if name in options}
    usual: dict[str, Any] = {
        "job": JobRequest(config=place.config, **(TYPED_OPTIONS | job)),
        "workers": "1",
        "output_file": Path("token_frequencies.json"),
        "work_dir": None,
        "cache_dir": place.folder / "cache",
        "use_cache": True,
        "quick": True,
    }
    return ValidationRequest(**(usual | options))


def report(place: Place, **options: Any) -> ValidationReport:
    return validate(request_for(place, **options), notify=lambda _line: None)


def checks_of(place: Place, **options: Any) -> dict[str, tuple[CheckStatus, str, str]]:
    """Returns name of a check -> status, detail and remedy; if checks have equal names, the worst status counts."""
    order = [CheckStatus.OK, CheckStatus.SKIPPED, CheckStatus.WARNING, CheckStatus.FAILED]
    checks = sorted(report(place, **options).checks, key=lambda check: order.index(check.status))
    return {check.name: (check.status, check.detail, check.remedy) for check in checks}


def statuses(place: Place, **options: Any) -> dict[str, str]:
    return {name: status.value for name, (status, _, _) in checks_of(place, **options).items()}


def keep_shards(place: Place, *words: str) -> None:
    """Runs the job of the config, and keeps the finished shards in the work folder."""
    options = ["--num-batches", "3", "--keep-work", "--quiet"]
    assert main(["collect", str(place.config), *place.options, *options, *words]) == 0


def bad_column(values: pa.Array, name: str = "text") -> Callable[[Place], object]:
    return lambda place: pq.write_table(pa.table({name: values}), place.folder / "train" / "go.parquet")


def job_of(place: Place) -> Job:
    return load_job(JobRequest(config=place.config, **TYPED_OPTIONS), notify=print)


def data_of(place: Place, *languages: str) -> list[LanguageData]:
    found = [
        check_data(place.folder / "train", name, cache_folder=place.folder / "cache", max_bytes=10**6)[1]
        for name in languages
    ]
    return [data for data in found if data]
