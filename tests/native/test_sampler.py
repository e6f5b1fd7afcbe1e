"""The core's `TokenizerSampler` against the oracle's: without noise they are equal."""

import math
import pickle
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import NEVER, OracleSampler
from support.paths import ROOT
from support.strategies import texts

from tokstats_parallel import TokenizerSampler

Answer = list[tuple[str, float]]
Call = dict[str, Any]
maps = st.dictionaries(texts, st.integers(1, 5) | st.integers(1, 2**40), max_size=4)
fills = st.lists(st.fixed_dictionaries({"map": maps, "seed_size": st.just(0), "pop_prev": st.just(False)}), max_size=3)
calls = st.lists(
    st.fixed_dictionaries(
        {
            "map": maps,
            "seed_size": st.integers(0, 400) | st.integers(392, 2000) | st.just(100_000),
            "pop_prev": st.sampled_from([True, True, False]),
            "push_current": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)
scripts = st.builds(list[Call].__add__, fills, calls)
lengths = st.sampled_from([1, 2, 3, 5, 15, 16, 17, 20, 40])
strides = st.sampled_from([1, 2, 3, 4, 7])


def check_exactly(answer: Answer, all_scores: Mapping[str, int], seed_size: int, max_length: int = 16) -> None:
    """Checks that the answer at noise 0 is one of the answers that the ties allow."""
    expected = oracle.ranked_pieces(all_scores, seed_size, 0.0, np.random.default_rng(0), max_length)
    pieces = [piece for piece, _ in answer]
    fixed = 256 + 9 * (max_length - 1)
    assert pieces[:fixed] == oracle.fixed_pieces(max_length)
    assert [score for _, score in answer] == pytest.approx([score for _, score in expected], rel=1e-9, abs=1e-12)
    taken = pieces[fixed:]
    must, tied, share = oracle.highest(oracle.eligible(all_scores), max(seed_size - fixed, 1))
    assert len(set(taken)) == len(taken) == len(must) + share
    assert must <= set(taken) <= must | tied
    values = [all_scores[piece] for piece in taken]
    assert values == sorted(values, reverse=True)


def play(script: list[Call]) -> None:
    """Makes the same calls of the core and of the oracle, and compares the answers."""
    sampler, judge = TokenizerSampler(), OracleSampler(np.random.default_rng(0))
    for call in script:
        counted = oracle.scores(call["map"], max_length=call["max_length"], stride=call["stride"])
        flags = {name: call.get(name, True) for name in ("pop_prev", "push_current")}
        pooled = judge.turn(counted, **flags)
        answer = sampler.sample_tokenizer(**call)
        if flags["pop_prev"]:
            check_exactly(answer, pooled, call["seed_size"], call["max_length"])
        else:
            assert answer == []


@given(scripts, lengths, strides)
def test_equals_the_oracle_without_noise(script: list[Call], max_length: int, stride: int) -> None:
    play([call | {"max_length": max_length, "stride": stride} for call in script])


@given(scripts, st.data())
def test_counts_keep_the_length_and_stride_of_their_call(script: list[Call], data: st.DataObject) -> None:
    play([call | {"max_length": data.draw(lengths), "stride": data.draw(strides)} for call in script])


@given(st.dictionaries(texts, st.integers(1, 5), min_size=1, max_size=4))
def test_defaults(counts: dict[str, int]) -> None:
    sampler = TokenizerSampler()
    answer = sampler.sample_tokenizer(counts, 500, 16)
    check_exactly(answer, oracle.scores(counts, stride=1), 500)
    again = sampler.sample_tokenizer(counts, 500, 16, None, None, None, None)  # the first call's counts have left
    check_exactly(again, oracle.scores(counts, stride=1), 500)


def test_positional_arguments_have_the_training_codes_order() -> None:
    sampler = TokenizerSampler()
    assert sampler.sample_tokenizer({"a": 1}, 500, 16, 4, 0.0, False, True) == []
    assert sampler.sample_tokenizer({"b": 1}, 500, 16, 4, 0.0, False, False) == []
    answer = sampler.sample_tokenizer({"c": 1}, 500, 16, 4, 0.0, True, False)
    check_exactly(answer, oracle.scores({"c": 1}), 500)


@pytest.mark.parametrize(
    ("max_length", "fixed"), [(1, 256), (2, 265), (10, 337), (16, 391), (100, 1147), (4096, 37111)]
)
def test_white_space_pieces_follow_the_length(max_length: int, fixed: int) -> None:
    assert len(TokenizerSampler().sample_tokenizer({}, 0, max_length)) == fixed
    pieces = [piece for piece, _ in TokenizerSampler().sample_tokenizer({"the cat": 1}, 100_000, max_length)]
    assert len(set(pieces)) == len(pieces)
    assert max(map(len, pieces[256:fixed]), default=1) == max_length
    assert max(map(len, pieces[fixed:]), default=0) <= max_length - 1


@pytest.mark.parametrize("seed_size", [0, 1, 256, 390, 391, 392])
def test_small_sizes_take_one_substring(seed_size: int) -> None:
    answer = TokenizerSampler().sample_tokenizer({"the cat sat": 1}, seed_size, 16)
    assert len(answer) == 392


def test_texts_with_count_zero_are_as_good_as_absent() -> None:
    answer = TokenizerSampler().sample_tokenizer({"dog": 0, "cat": 2}, 500, 16)
    check_exactly(answer, oracle.scores({"cat": 2}, stride=1), 500)


def test_an_empty_pool_has_no_substring_to_take() -> None:
    for counts in ({}, {"cat": 0}):
        check_exactly(TokenizerSampler().sample_tokenizer(counts, 500, 16), {}, 500)


@given(
    st.dictionaries(texts, st.integers(1, 5), min_size=1, max_size=4),
    st.integers(0, 600),
    st.sampled_from([0.0, 1e-9, 1e-3, 1.0]),
    st.integers(0, 2**64 - 1),
)
def test_same_seed_same_answer(counts: dict[str, int], size: int, noise: float, seed: int) -> None:
    ours, again = (
        TokenizerSampler().sample_tokenizer(each, size, 16, 2, noise, seed=seed)
        for each in (counts, dict(reversed(counts.items())))  # whatever the order of the texts
    )
    assert ours == again


def test_seeds_differ_and_without_one_each_call_differs() -> None:
    def draw(seed: int | None) -> Answer:
        return TokenizerSampler().sample_tokenizer({"the cat sat": 1}, 400, 16, 1, 0.1, seed=seed)

    answers = [draw(seed) for seed in (None, None, 0, 1, 2, 2**64 - 1)]
    assert all(answers[i] != answers[j] for i in range(6) for j in range(i))


def calls_of(sampler: TokenizerSampler, number: int = 5) -> list[Answer]:
    return [sampler.sample_tokenizer({"the cat sat": 1, "a dog": number}, 400, 16, 1, 0.1) for number in range(number)]


def test_a_seeded_sampler_counts_its_calls() -> None:
    first = calls_of(TokenizerSampler(seed=1))
    assert calls_of(TokenizerSampler(seed=1)) == first
    others = [calls_of(TokenizerSampler(seed=seed)) for seed in (0, 2, 2**64 - 1)]
    everything = [*first, *(answer for answers in others for answer in answers)]
    assert all(everything[i] != everything[j] for i in range(len(everything)) for j in range(i))
    assert calls_of(TokenizerSampler()) != calls_of(TokenizerSampler())


def test_a_failed_call_of_a_seeded_sampler_is_not_counted() -> None:
    sampler = TokenizerSampler(seed=1)
    with pytest.raises(ValueError, match="noise"):
        sampler.sample_tokenizer({"a": 1}, 500, 16, noise_std=-1.0)
    assert calls_of(sampler) == calls_of(TokenizerSampler(seed=1))


def test_the_seed_of_a_call_replaces_the_samplers() -> None:
    for sampler in (TokenizerSampler(), TokenizerSampler(seed=1), TokenizerSampler(seed=2)):
        draws = [sampler.sample_tokenizer({"the cat sat": 1}, 400, 16, 1, 0.1, seed=5) for _ in range(3)]
        assert draws == [TokenizerSampler().sample_tokenizer({"the cat sat": 1}, 400, 16, 1, 0.1, seed=5)] * 3


@pytest.mark.parametrize("bad", [-1, 2**64, "1", 0.5])
def test_a_bad_seed_of_a_sampler(bad: Any) -> None:
    with pytest.raises((OverflowError, TypeError)):
        TokenizerSampler(seed=bad)


def test_a_sampler_is_not_pickled_without_its_pool() -> None:
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(TokenizerSampler(seed=1))


def test_a_copy_in_a_forked_process_warns() -> None:
    """Copies would repeat each other. A call's own seed, and a sampler without a seed, need no warning."""
    program = (
        "import os, warnings; from tokstats_parallel import TokenizerSampler\n"
        "seeded, random = TokenizerSampler(seed=1), TokenizerSampler()\n"
        "draw = lambda sampler, **more: sampler.sample_tokenizer({'the cat': 1}, 400, 16, 1, 0.1, **more)\n"
        "warnings.simplefilter('error')\n"
        "draw(seeded)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    draw(random), draw(seeded, seed=7), draw(TokenizerSampler(seed=2))\n"
        "    try: draw(seeded)\n"
        "    except RuntimeWarning as warning: print(warning, flush=True); os._exit(3)\n"
        "    os._exit(4)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.endswith("make one in each process, such as TokenizerSampler(seed=base + worker_id)\n")


@given(st.dictionaries(texts, st.integers(1, 5), min_size=1, max_size=3), st.floats(0, 10))
def test_noised_answers_are_sorted_and_end_with_never(counts: dict[str, int], noise: float) -> None:
    answer = TokenizerSampler().sample_tokenizer(counts, 100_000, 16, 1, noise, seed=1)
    scores = [score for _, score in answer[391:]]
    assert scores == sorted(scores, reverse=True)
    assert all(score == NEVER or score > -800 for score in scores)  # the least float has logarithm -745
    all_scores = oracle.scores(counts, stride=1)
    assert {piece for piece, _ in answer[391:]} == oracle.eligible(all_scores).keys()
    lowest = math.log(min(all_scores.values()) / sum(all_scores.values()))
    assert [score for _, score in answer[:256]] == pytest.approx([lowest] * 256)  # free of noise


BAD: dict[str, tuple[type[Exception] | tuple[type[Exception], ...], Call]] = {
    "negative count": ((OverflowError, ValueError), {"map": {"a": -1}}),
    "count beyond 64 bits": ((OverflowError, ValueError), {"map": {"a": 2**64}}),
    "scores beyond 64 bits": ((OverflowError, ValueError), {"map": {"a": 2**63}}),
    "fraction as count": (TypeError, {"map": {"a": 0.5}}),
    "text that is none": (TypeError, {"map": {b"a": 1}}),
    "surrogate": (ValueError, {"map": {"\ud800": 1}}),
    "no map": (TypeError, {"map": None}),
    "negative size": ((OverflowError, ValueError), {"seed_size": -1}),
    "length 0": (ValueError, {"max_length": 0}),
    "length beyond the bound": (ValueError, {"max_length": 4097}),
    "stride 0": (ValueError, {"stride": 0}),
    "negative stride": ((OverflowError, ValueError), {"stride": -1}),
    "negative length": ((OverflowError, ValueError), {"max_length": -1}),
    "noise NaN": (ValueError, {"noise_std": math.nan}),
    "noise infinite": (ValueError, {"noise_std": math.inf}),
    "noise negative": (ValueError, {"noise_std": -0.5}),
    "noise that is none": (TypeError, {"noise_std": "0.5"}),
    "negative seed": ((OverflowError, ValueError), {"seed": -1}),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_refused_and_leave_the_pool_alone(case: str) -> None:
    error, bad = BAD[case]
    sampler = TokenizerSampler()
    sampler.sample_tokenizer({"first": 1}, 500, 16, pop_prev=False)
    sampler.sample_tokenizer({"second": 1}, 500, 16, pop_prev=False)
    arguments: Call = {"map": {"a": 1}, "seed_size": 500, "max_length": 16} | bad
    with pytest.raises(error):
        sampler.sample_tokenizer(**arguments)
    answer = sampler.sample_tokenizer({"third": 1}, 500, 16)
    check_exactly(answer, oracle.scores({"second": 1, "third": 1}, stride=1), 500)
