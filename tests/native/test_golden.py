"""Golden vectors: the same seed gives the same numbers as long as SAMPLING_VERSION stays.

`tests/golden/sampling_N.json` holds the answers of version N. Values with many parts are stored as hashes.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from support.paths import GOLDEN
from support.runs import make_job, run, sha256s, text_rows
from support.shards import run_shard
from support.streams import Setting, column

from tokstats_parallel import _native
from tokstats_parallel._native import SAMPLING_VERSION, Stream, TokenizerSampler, count_draws, count_turns
from tokstats_parallel.sampling import Pooling

VECTORS = GOLDEN / f"sampling_{SAMPLING_VERSION}.json"
CHANGED = (
    "other than the golden vectors: {}. A change to any stream raises SAMPLING_VERSION (native/src/base/rng.rs) "
    "and rewrites them with `REWRITE_GOLDEN=1 pytest tests/native/test_golden.py`."
)


def sha256(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return hashlib.sha256(raw).hexdigest()


def stream_of(language: str = "python", rows: int = 40, **changes: Any) -> Stream:
    setting = replace(Setting(seed=42, language=language, span=96), **changes)
    return Stream(column(text_rows(language, rows)), **setting.arguments())


def orders() -> dict[str, object]:
    stream = stream_of()
    return {
        "epoch 0": [stream.row_order(text, 0) for text in range(40)],
        "epoch 1": [stream.row_order(text, 0) for text in range(40, 80)],
        "epoch 2**40": [stream.row_order(2**40 * 40 + text, 0) for text in range(10)],
        "second appended row": [stream.row_order(text, 2) for text in range(10)],
        "appended row 5000": [stream.row_order(text, 5000) for text in range(10)],
        "pool 3": [stream_of(pool=3).row_order(text, 0) for text in range(10)],
        "seed 2**64 - 1": [stream_of(seed=2**64 - 1).row_order(text, 0) for text in range(10)],
        "another language": [stream_of("日本語").row_order(text, 0) for text in range(10)],
        "1009 rows": [stream_of(rows=1009).row_order(text, 0) for text in range(10)],
        "crop": [stream_of().crop_start(text, 10_000) for text in range(20)],
        "crop of 2**40": [stream_of().crop_start(text, 2**40) for text in (0, 1, 2**40)],
    }


def texts() -> dict[str, object]:
    return {
        "first text": stream_of().texts(0, 1)[0],
        "packed and cropped": sha256(stream_of().texts(0, 100)),
        "packed": sha256(stream_of(crop=False).texts(0, 100)),
        "cropped": sha256(stream_of(pack=False).texts(0, 100)),
        "far away": sha256(stream_of().texts(2**40, 100)),
        "another eos": sha256(stream_of(eos="<|endoftext|>").texts(0, 100)),
    }


def plans() -> dict[str, object]:
    languages = [("python", 1.0), ("java", 0.5), ("日本語", 3.0)]
    return {
        "batches of languages": count_draws(languages, seed=42, pools=1, batches=1000),
        "batches of pools": count_draws(languages, seed=42, pools=3, batches=1000),
        "single batches": sha256([count_draws(languages, seed=7, pools=2, batches=n) for n in range(100)]),
    }


def turns() -> dict[str, object]:
    def of(pooling: str, first: int, end: int, **changes: int) -> list[int]:
        path = {"seed": 42, "pool": 0} | changes
        return count_turns([1.0, 0.5, 3.0], pooling=pooling, first=first, end=end, **path)

    return {
        pooling: {
            "turns 0 to 1000": of(pooling, 0, 1000),
            "pool 3": of(pooling, 0, 1000, pool=3),
            "seed 2**64 - 1": of(pooling, 0, 1000, seed=2**64 - 1),
            "single turns": sha256([of(pooling, turn, turn + 1) for turn in range(200)]),
        }
        for pooling in ("mixed", "shared")
    }


def shard(**changes: Any) -> str:
    setting = Setting(seed=42, span=96)
    options: dict[str, Any] = {
        "first_draw": 5,
        "draws": 40,
        "batch_texts": 8,
        "batches": 4,
        "size_mean": 500.0,
        "size_std": 25.0,
        "size_min": 400,
        "size_max": 600,
        "noise_mean": 1e-4,
        "noise_std": 4.0,
    }
    return sha256(run_shard(column(text_rows("python")), **(asdict(setting) | options | changes)))


def shards() -> dict[str, object]:
    return {
        "noise": shard(),
        "no noise": shard(noise_mean=0.0),
        "little noise": shard(noise_mean=1e-9, noise_std=0.5),
        "much noise": shard(noise_mean=10.0, noise_std=0.0),
        "one size": shard(size_std=0.0),
        "all that is eligible": shard(size_mean=1e5, size_max=100_000),
        "pool 1": shard(pool=1),
        "far away": shard(first_draw=2**40),
    }


def samples() -> dict[str, object]:
    rows = text_rows("python", 12)
    sampler = TokenizerSampler()
    for place in range(3):
        counted = dict.fromkeys(rows[4 * place : 4 * place + 4], place + 1)
        sampler.sample_tokenizer(counted, 0, 16, 4, pop_prev=False)

    def sample(noise: float, seed: int, size: int = 410, **options: Any) -> list[tuple[str, float]]:
        return sampler.sample_tokenizer({rows[0]: 2}, size, 16, 4, noise, push_current=False, seed=seed, **options)

    seeded = TokenizerSampler(seed=7)
    calls = [seeded.sample_tokenizer({rows[0]: 2}, 410, 16, 4, 1e-3, push_current=False)[391:] for _ in range(3)]
    return {
        "calls of a seeded sampler": sha256(calls),
        "without noise": sample(0.0, 1)[391:],
        "with noise": sample(1e-3, 1)[391:],
        "much noise": sample(0.5, 2**64 - 1)[391:],
        "many": sha256(sample(1e-3, 5, 700)),
        "fixed pieces": sha256(sample(0.0, 1)[:391]),
    }


def whole_run(folder: Path) -> dict[str, object]:
    run(make_job(folder), folder / "out.json")
    noiseless = make_job(folder, ("python", "日本語", "go"), noise_mean=0.0, pools=2)
    run(noiseless, folder / "noiseless.json")
    return {
        "json": sha256s(folder / "out.json")[0],
        "noiseless json of three languages and two pools": sha256s(folder / "noiseless.json")[0],
        **{f"json of a {pooling} pool": sharing(folder, pooling) for pooling in (Pooling.MIXED, Pooling.SHARED)},
    }


def sharing(folder: Path, pooling: Pooling) -> str:
    job = replace(make_job(folder, ("python", "日本語", "go")), pooling=pooling)
    run(job, folder / f"{pooling}.json")
    return sha256s(folder / f"{pooling}.json")[0]


def answers(folder: Path) -> dict[str, object]:
    return {
        "unicode_version": _native.UNICODE_VERSION,
        "orders": orders(),
        "texts": texts(),
        "plans": plans(),
        "turns": turns(),
        "shards": shards(),
        "samples": samples(),
        "whole run": whole_run(folder),
    }


def written(value: object, indent: str = "") -> str:
    """Formats answers as JSON, with one line for each."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    lines = (f"{indent}  {json.dumps(key)}: {written(part, indent + '  ')}" for key, part in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def differences(ours: object, golden: object, name: str = "") -> list[str]:
    """Returns the names of the values that differ."""
    if isinstance(ours, dict) and isinstance(golden, dict):
        keys = [*golden, *(key for key in ours if key not in golden)]
        return [
            line for key in keys for line in differences(ours.get(key), golden.get(key), f"{name} / {key}".strip(" /"))
        ]
    return [name] if ours != golden else []


def test_all_streams_are_what_they_were(tmp_path: Path) -> None:
    ours = json.loads(json.dumps(answers(tmp_path)))
    if os.environ.get("REWRITE_GOLDEN"):
        VECTORS.parent.mkdir(exist_ok=True)
        VECTORS.write_text(written(ours) + "\n", "utf-8")
        pytest.fail(f"{VECTORS} was rewritten: look at what changed, then run again without REWRITE_GOLDEN")
    if not VECTORS.exists():
        pytest.fail(CHANGED.format(f"{VECTORS} does not exist"))
    if different := differences(ours, json.loads(VECTORS.read_text("utf-8"))):
        pytest.fail(CHANGED.format(", ".join(different)))


PINNED = "3760f1febda07fd30d3fb68ae89035d0e46ee807bbf7e3c2734cd4d54d38476b"
"""The core's own tests have the same digest, compiled with hardly any optimization (`native/src/shard.rs`)."""


def pinned() -> str:
    rows = [f'line {i} of {"ab" * (i % 5)} x_{i * i} = "{i % 7}";\n' for i in range(60)]
    sizes: dict[str, Any] = {"size_mean": 500.0, "size_std": 25.0, "size_min": 400, "size_max": 600}
    noise: dict[str, Any] = {"noise_mean": 1e-4, "noise_std": 4.0}
    setting = asdict(Setting(seed=42, language="golden", span=96)) | {"batch_texts": 8, "batches": 4}
    return sha256(run_shard(column(rows), first_draw=5, draws=40, **setting, **sizes, **noise))


def test_avx2_is_there_where_it_is_required() -> None:
    """`TOKSTATS_REQUIRE_AVX2=1` requires AVX2; without it, the next test would run the portable code twice."""
    if os.environ.get("TOKSTATS_REQUIRE_AVX2") == "1":
        flags = re.findall(r"^flags\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        assert flags
        assert {"avx2", "bmi1", "bmi2", "abm", "popcnt"} <= set(flags[0].split())


@pytest.mark.parametrize("simd", ["on", "off"])
def test_neither_the_compiler_nor_the_processor_changes_a_bit(simd: str) -> None:
    command = [sys.executable, "-c", "from native import test_golden; print(test_golden.pinned())"]
    environment = os.environ | {"TOKSTATS_SIMD": simd, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.stdout.strip() == PINNED, found.stderr


def test_the_differences_have_names() -> None:
    assert differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3, "d": 4}}) == ["a / c", "a / d"]
    assert differences({"a": [1.5]}, {"a": [1.5]}) == []


def test_the_corpus_of_the_vectors_is_what_it_was() -> None:
    """If only this test fails, the words in runs.py have changed, and no random stream has."""
    made = [text_rows(language) for language in ("python", "markdown", "日本語", "go")]
    assert sha256(made) == "3dbbbfd3f7c29502dc8bfbf614cf5b7aa250bef6fbd093283dc0614375e9e5d5"
