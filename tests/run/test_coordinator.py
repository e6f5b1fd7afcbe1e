"""Whole runs: the promises of SPEC section 5, and the oracle's counts for the same rows."""

import json
import os
import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import oracle
import pyarrow.parquet as pq
import pytest
from support.corpora import text_table, write_parquet, write_saved
from support.packed import pack
from support.results import counted
from support.runs import (
    SPECIAL_TOKENS,
    Watch,
    cache_of,
    counts_of,
    line_of,
    make_job,
    pids_of,
    run,
    sha256s,
    text_rows,
    victim,
)
from support.sampling import changed
from support.streams import Judge, Setting

from tokstats_parallel._native import count_draws, read_segment
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.errors import CorpusError, OutputError, ResumeError, WorkerError
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.coordinator import SHARDS_REMOVED
from tokstats_parallel.shards.partial import check, save
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.run_shard import run_shard
from tokstats_parallel.shards.streams import batches_per_language

KILLS = int(os.environ.get("TEST_KILLS", "3"))
ALWAYS = {*oracle.fixed_pieces(), *(token for token, _ in SPECIAL_TOKENS)}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def learned(collected: Collected) -> dict[str, dict[str, int]]:
    """Returns language -> token -> count, without the tokens of every vocabulary and those with count 0."""
    table = pq.read_table(collected.output.parquet)
    tokens = table["token"].to_pylist()
    return {
        language: {
            token: count
            for token, count in zip(tokens, table[f"count_{language}"].to_pylist(), strict=True)
            if count and token not in ALWAYS
        }
        for language in collected.facts.batches
    }


# Promise 1: nothing but config, data, seed and number of batches


def test_neither_workers_nor_shards_change_the_bytes(job: Job, tmp_path: Path) -> None:
    digests = set()
    for workers, shard_draws in [(1, 64), (1, 1), (2, 7), (5, 7), (2, None)]:
        output = tmp_path / f"{workers}-{shard_draws}.json"
        collected = run(job, output, workers=workers, shard_draws=shard_draws)
        assert sum(collected.facts.batches.values()) == job.num_batches
        digests.add(sha256s(output))
    assert len(digests) == 1


def test_another_seed_gives_another_result(job: Job, tmp_path: Path) -> None:
    for seed in (42, 43, 2**64 - 1):
        run(replace(job, seed=seed), tmp_path / f"{seed}.json")
    assert len({sha256s(tmp_path / f"{seed}.json") for seed in (42, 43, 2**64 - 1)}) == 3


def test_neither_the_cache_nor_the_datas_format_changes_the_bytes(job: Job, tmp_path: Path) -> None:
    run(job, tmp_path / "cached.json")
    run(job, tmp_path / "held.json", use_cache=False, workers=2)
    other = tmp_path / "other"
    write_saved(other / "python", text_table(text_rows("python")))
    write_parquet(other / "markdown.parquet", text_rows("markdown"), row_group_size=3)
    run(replace(job, train_directory=other), tmp_path / "other.json")
    assert len({sha256s(tmp_path / name) for name in ("cached.json", "held.json", "other.json")}) == 1


# Promise 2: the first batches of a run are the shorter run


def tallies(job: Job, first_batch: int = 0) -> Counter[tuple[str, str]]:
    """Returns (language, token) -> count of the batches from `first_batch` on, drawn in this process."""
    corpora = {
        language.name: open_corpus(job.train_directory, language.name, cache_dir=cache_of(job))
        for language in job.languages
    }
    found = Counter[tuple[str, str]]()
    earlier = plan(replace(job, num_batches=first_batch)) if first_batch else []
    for shard in plan(job, done=earlier, shard_draws=16):
        segment = run_shard(job, shard, [corpora[shard.language]])[0].segment
        found.update({(shard.language, token): count for token, count in read_segment(segment)})
    return found


def test_the_first_batches_are_the_shorter_run(job: Job) -> None:
    longer = replace(job, num_batches=300)
    first, rest, whole = tallies(replace(job, num_batches=100)), tallies(longer, 100), tallies(longer)
    assert first + rest == whole
    for batches, drawn in ((100, first), (300, whole)):
        found = learned(run(replace(job, num_batches=batches)))
        assert {(language, token): count for language, counts in found.items() for token, count in counts.items()} == {
            (language, token): count for (language, token), count in drawn.items() if token not in ALWAYS
        }


# Promise 3: a language that is added changes no other one's stream


def test_an_added_language_leaves_the_others_draws_as_they_were(job: Job, tmp_path: Path) -> None:
    larger = make_job(tmp_path, ("go", "python", "markdown"))
    collected = run(larger)
    before, after = batches_per_language(job), collected.facts.batches
    assert sum(after.values()) == sum(before.values())
    for language in ("python", "markdown"):
        assert 0 < after[language] < before[language]
        corpus = open_corpus(tmp_path, language, cache_dir=cache_of(job))
        same_draws = run_shard(job, Shard(language, 0, 0, after[language]), [corpus])[0].segment
        expected = {token: count for token, count in read_segment(same_draws) if token not in ALWAYS}
        assert learned(collected)[language] == expected


# Promise 4: every draw is counted, and nothing else


@pytest.mark.parametrize("pools", [1, 2])
@pytest.mark.parametrize("pack", [True, False])
def test_a_run_is_what_the_oracle_says(pools: int, pack: bool, tmp_path: Path) -> None:
    """Without noise, and with room for all eligible substrings."""
    job = make_job(tmp_path, num_batches=15, pools=pools, pack=pack, noise_mean=0.0, size_mean=1e5, size_max=100_000)
    collected = run(job, shard_draws=3)
    draws = count_draws([(one.name, one.weight) for one in job.languages], seed=42, pools=pools, batches=15)
    expected: dict[str, Counter[str]] = {}
    for language, pool_draws in zip(job.languages, draws, strict=True):
        expected[language.name] = Counter()
        for pool, count in enumerate(pool_draws):
            setting = Setting(seed=42, language=language.name, pool=pool, span=job.texts.span, pack=pack)
            judge = Judge(text_rows(language.name), setting)
            for draw in range(count):
                scores = judge.scores(draw, batch_texts=job.pool_size.batch_texts, batches=job.pool_size.batches)
                expected[language.name].update(oracle.eligible(scores).keys())
    assert learned(collected) == {language: dict(counter) for language, counter in expected.items()}
    everything = Counter(dict.fromkeys(ALWAYS, 15)) + sum(expected.values(), Counter())
    assert counts_of(collected) == dict(everything)


def test_pools_of_their_own_give_another_result(job: Job) -> None:
    one, two = run(job), run(replace(job, pools=2), workers=2, shard_draws=5)
    assert one.facts.batches == two.facts.batches
    assert counts_of(one) != counts_of(two)


def test_a_language_without_a_draw_has_its_column(job: Job, tmp_path: Path) -> None:
    languages = (Language("python", 1e9), Language("markdown", 1e-9))
    collected = run(replace(job, languages=languages), tmp_path / "out.json")
    assert collected.facts.batches == {"python": 150, "markdown": 0}
    table = pq.read_table(tmp_path / "out.parquet")
    assert set(table["count_markdown"].to_pylist()) == {0}
    assert table["count_python"] == table["count"]


def test_a_single_batch(job: Job) -> None:
    collected = run(replace(job, num_batches=1), workers=5)
    assert set(counts_of(collected).values()) == {1}
    assert set(counts_of(collected)) > ALWAYS


def test_en_without_data_is_left_out(tmp_path: Path) -> None:
    write_parquet(tmp_path / "data" / "python.parquet", text_rows("python"))
    settings = {
        "train_directory": "data",
        "langs": "en python",
        "block_size": 6,
        "train_batch_size": 4,
        "tokenizer_batch_size": 12,
        "tokenizer_sample_mean": 500,
        "tokenizer_sample_min": 400,
        "tokenizer_sample_max": 600,
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    notices: list[str] = []
    job = load_job(
        JobRequest(
            config=tmp_path / "config.json",
            num_batches=9,
            special_tokens="<s>,</s>",
            eos_token="</s>",  # noqa: S106 - not that kind of token
        ),
        notify=notices.append,
    )
    assert any("'en'" in notice for notice in notices)
    collected = run(job, tmp_path / "out.json")
    assert collected.facts.batches == {"python": 9}
    assert counts_of(collected)["<s>"] == 9


def test_the_result_never_takes_the_place_of_the_data(job: Job, tmp_path: Path) -> None:
    """The Parquet beside `python.json` would be `python.parquet`."""
    data = (tmp_path / "python.parquet").read_bytes()
    with pytest.raises(OutputError, match=r"python\.parquet"):
        run(job, tmp_path / "python.json")
    assert (tmp_path / "python.parquet").read_bytes() == data


def test_missing_data_is_named_and_nothing_written(job: Job, tmp_path: Path) -> None:
    (tmp_path / "python.parquet").unlink()
    with pytest.raises(CorpusError, match=r"python\.parquet"):
        run(job, tmp_path / "out.json")
    assert not list(tmp_path.glob("out*"))


# Kills and resumes


class Interrupting(Watch):
    """Observer that raises KeyboardInterrupt after some shards."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self.shards = shards

    def finished(self, shard: Shard) -> None:
        super().finished(shard)
        if len(self.done) == self.shards:
            raise KeyboardInterrupt


def interrupted(job: Job, output: Path, shards: int, shard_draws: int = 5) -> set[Shard]:
    """Interrupts a run, and returns the shards that it has finished."""
    watch = Interrupting(shards)
    with pytest.raises(KeyboardInterrupt):
        run(job, output, watch=watch, shard_draws=shard_draws)
    return set(watch.done)


def test_an_interrupted_run_goes_on(job: Job, tmp_path: Path) -> None:
    run(job, tmp_path / "straight.json")
    output, watch = tmp_path / "out.json", Watch()
    done = interrupted(job, output, 4)
    assert not output.exists()
    done |= interrupted(job, output, 3)
    run(job, output, watch=watch, workers=2, shard_draws=5)
    assert done <= watch.saved
    assert len(done) == 7
    assert watch.saved.isdisjoint(watch.done)
    assert watch.saved | set(watch.done) == set(plan(job, shard_draws=5))
    assert sha256s(output) == sha256s(tmp_path / "straight.json")
    assert not list(tmp_path.glob("*.work"))


@pytest.mark.parametrize(("workers", "others"), [(1, 10), (10, 1)])
def test_other_workers_go_on_with_another_cut(workers: int, others: int, job: Job, tmp_path: Path) -> None:
    """One worker has 150 batches in 3 shards, and ten workers have them in 10."""
    assert [len(plan(job, workers=number)) for number in (1, 10)] == [3, 10]
    run(job, tmp_path / "straight.json")
    output, interrupting, watch = tmp_path / "out.json", Interrupting(2), Watch()
    with pytest.raises(KeyboardInterrupt):
        run(job, output, watch=interrupting, workers=workers)
    run(job, output, watch=watch, workers=others)
    assert set(interrupting.done) <= watch.saved <= set(plan(job, workers=workers))
    assert draws_of(watch.done) + draws_of(watch.saved) == job.num_batches
    assert sha256s(output) == sha256s(tmp_path / "straight.json")


def test_a_resume_is_reported_in_one_line(job: Job, tmp_path: Path) -> None:
    done = interrupted(job, tmp_path / "out.json", 4)
    watch = Watch()
    run(job, tmp_path / "out.json", shard_draws=5, watch=watch)
    shards, batches = len(plan(job, shard_draws=5)), sum(shard.draws for shard in done)
    assert watch.notes[1:] == [f"going on: 4 of {shards} shards ({batches} of 150 batches) are done", SHARDS_REMOVED]


def test_at_the_end_a_run_says_what_is_gone(job: Job, tmp_path: Path) -> None:
    """Each line comes only where it applies: a first run replaces nothing, a run that keeps its shards removes none."""
    output = tmp_path / "out.json"
    output.touch()
    replaced = f"{output}: an older result was replaced"
    for keep_work, lines in ((False, [SHARDS_REMOVED]), (True, [replaced]), (False, [replaced, SHARDS_REMOVED])):
        watch = Watch()
        run(job, output, watch=watch, keep_work=keep_work)
        assert [line for line in watch.notes if line in {SHARDS_REMOVED, replaced}] == lines


def test_a_longer_run_goes_on_from_an_interrupted_one(job: Job, tmp_path: Path) -> None:
    done = interrupted(job, tmp_path / "out.json", 4)
    longer, watch = replace(job, num_batches=200), Watch()
    run(longer, tmp_path / "out.json", watch=watch, shard_draws=5)
    run(longer, tmp_path / "straight.json")
    assert done <= watch.saved
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")


def draws_of(shards: Collection[Shard]) -> int:
    return sum(shard.draws for shard in shards)


def test_a_longer_run_draws_only_what_a_kept_one_has_not(job: Job, tmp_path: Path) -> None:
    longer, watch = replace(job, num_batches=700, pools=2), Watch()
    shorter = replace(longer, num_batches=150)
    run(longer, tmp_path / "straight.json")
    run(shorter, tmp_path / "out.json", keep_work=True)
    run(longer, tmp_path / "out.json", watch=watch, workers=2)
    assert draws_of(watch.done) == 550
    assert draws_of(watch.saved) == 150
    assert any(line.startswith("going on: 4 of ") and "(150 of 700 batches)" in line for line in watch.notes)
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")
    assert not list(tmp_path.glob("*.work"))


def test_runs_of_any_lengths_share_a_folder(job: Job, tmp_path: Path) -> None:
    """Their last shards overlap; no draw is counted twice, and no saved draw is drawn again."""
    folder = tmp_path / "shared"
    for batches, new in [(700, 700), (150, None), (700, 0), (150, 0), (300, None), (400, None), (700, 0), (900, 200)]:
        shorter, watch = replace(job, num_batches=batches), Watch()
        run(shorter, tmp_path / f"{batches}.json")
        output = OutputPaths.of(tmp_path / "out.json", folder)
        run(shorter, output=output, watch=watch, keep_work=True)
        assert sha256s(output.json) == sha256s(tmp_path / f"{batches}.json")
        assert draws_of(watch.done) + draws_of(watch.saved) == batches
        if new is None:  # only the last shard of each stream is cut anew
            assert 0 < draws_of(watch.done) < 2 * 64
        else:
            assert draws_of(watch.done) == new


def test_a_shorter_run_leaves_a_longer_one_s_shards(job: Job, tmp_path: Path) -> None:
    longer, output = replace(job, num_batches=700), tmp_path / "out.json"
    run(longer, output, keep_work=True)
    kept = set((tmp_path / "out.json.work").glob("*.partial"))
    watch = Watch()
    run(job, output, watch=watch)
    assert any("out.json.work: stays after this run" in line and "of a longer one" in line for line in watch.notes)
    assert kept <= set((tmp_path / "out.json.work").glob("*.partial"))
    watch = Watch()
    run(longer, output, watch=watch)
    assert watch.done == []
    assert not (tmp_path / "out.json.work").exists()


def test_a_kept_run_is_made_of_its_shards_alone(job: Job, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    run(job, output, keep_work=True, workers=2)
    before = sha256s(output)
    for path in tmp_path.glob("out.*"):
        if path.is_file():
            path.unlink()
    watch = Watch()
    run(job, output, watch=watch)
    assert watch.done == []
    assert sha256s(output) == before


def test_fresh_starts_anew(job: Job, tmp_path: Path) -> None:
    done = interrupted(job, tmp_path / "out.json", 4)
    watch = Watch()
    run(job, tmp_path / "out.json", watch=watch, shard_draws=5, fresh=True)
    assert watch.saved == set()
    assert done <= set(watch.done)
    assert watch.notes[:1] == [f"{tmp_path / 'out.json.work'}: 4 saved shards thrown away"]
    assert watch.notes[-1:] == [SHARDS_REMOVED]


@pytest.mark.parametrize("change", ["seed", "rows", "size"])
def test_what_another_run_left_is_neither_used_nor_lost(change: str, job: Job, tmp_path: Path) -> None:
    interrupted(job, tmp_path / "out.json", 4)
    left = {path: path.read_bytes() for path in (tmp_path / "out.json.work").glob("*.partial")}
    other = {"seed": replace(job, seed=43), "size": changed(job, size_mean=450.0), "rows": job}[change]
    if change == "rows":
        write_parquet(tmp_path / "python.parquet", [*text_rows("python"), "one more row"])
    words = {
        "seed": "seed: 42 there, 43 here",
        "rows": "other corpus of python",
        "size": "size_mean: 500.0 there, 450.0 here",
    }
    with pytest.raises(ResumeError, match=rf"job\.json: .*\({words[change]}\); .*--fresh"):
        run(other, tmp_path / "out.json", shard_draws=5)
    assert {path: path.read_bytes() for path in (tmp_path / "out.json.work").glob("*.partial")} == left
    assert not (tmp_path / "out.json").exists()
    run(other, tmp_path / "out.json", shard_draws=5, fresh=True)
    run(other, tmp_path / "straight.json")
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")


def test_another_run_s_folder_is_refused_before_the_corpora_are_opened(job: Job, tmp_path: Path) -> None:
    interrupted(job, tmp_path / "out.json", 2)
    for name in ("python", "markdown"):
        (tmp_path / f"{name}.parquet").unlink()
    with pytest.raises(ResumeError, match="seed"):
        run(replace(job, seed=43), tmp_path / "out.json")


# One run at a time


def test_a_second_run_stops_at_once(job: Job, tmp_path: Path) -> None:
    folder, output = tmp_path / "w", tmp_path / "out.json"

    class Second(Watch):
        def finished(self, shard: Shard) -> None:
            super().finished(shard)
            words = rf"process {os.getpid()} on "
            for other in (
                OutputPaths.of(output),
                OutputPaths.of(output, folder),
                OutputPaths.of(tmp_path / "x", folder),
            ):
                with pytest.raises(OutputError, match=words):
                    run(job, output=other, fresh=True)

    run(job, output=OutputPaths.of(output, folder), watch=Second())
    assert not folder.exists()
    assert not list(tmp_path.glob("*.work"))
    assert not (tmp_path / "x").exists()


def test_two_names_that_share_a_parquet_are_one_output(job: Job, tmp_path: Path) -> None:
    class Second(Watch):
        def finished(self, shard: Shard) -> None:
            super().finished(shard)
            with pytest.raises(OutputError, match="another run"):
                run(job, tmp_path / "out.json")

    run(job, tmp_path / "out", watch=Second())
    assert not list(tmp_path.glob("*.work"))


def test_the_work_folder_elsewhere_leaves_the_usual_one(job: Job, tmp_path: Path) -> None:
    interrupted(job, tmp_path / "out.json", 2)
    watch = Watch()
    run(job, output=OutputPaths.of(tmp_path / "out.json", tmp_path / "w"), watch=watch)
    assert watch.saved == set()
    assert len(list((tmp_path / "out.json.work").glob("*.partial"))) == 2


# Damage and kills


def test_a_damaged_partial_is_made_anew(job: Job, tmp_path: Path) -> None:
    done = interrupted(job, tmp_path / "out.json", 4)
    path = next((tmp_path / "out.json.work").glob("*.partial"))
    path.write_bytes(path.read_bytes()[:-1])
    watch = Watch()
    run(job, tmp_path / "out.json", watch=watch, shard_draws=5)
    assert any(str(path) in notice and "damaged" in notice for notice in watch.notes)
    assert len(done - watch.saved) <= 1
    run(job, tmp_path / "straight.json")
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")


def test_a_shard_that_counts_more_or_less_than_its_vocabularies_hold(job: Job, tmp_path: Path) -> None:
    """Its checksum is right, so only the sum shows the error."""
    interrupted(job, tmp_path / "out.json", 1)
    (path,) = (tmp_path / "out.json.work").glob("*.partial")
    language, _, _ = path.name.split(".", 2)
    (shard,) = (shard for shard in plan(job, shard_draws=5) if path.name == f"{shard}.partial")
    fingerprint = open_corpus(job.train_directory, language, cache_dir=cache_of(job)).fingerprint
    held = check(path, job_digest=job.digest(), fingerprints={language: fingerprint}).occurrences
    assert shard.draws * (400 - 391) < held < shard.draws * (600 - 391)

    def outcome(count: int, lacking: int) -> Watch:
        watch, segment = Watch(), pack({b"xy": count})
        save(path.parent, shard, counted(shard, segment, lacking), job_digest=job.digest(), fingerprint=fingerprint)
        run(job, tmp_path / "out.json", watch=watch, shard_draws=5, keep_work=True)
        return watch

    for count, lacking in ((held - 1, 0), (held + 1, 0), (held, 1)):
        counts = f"{path.name}: counts {count:,} tokens, but its {shard.draws:,} vocabularies hold {held - lacking:,}"
        with pytest.raises(OutputError, match=f"{counts}.*remove it and run again"):
            outcome(count, lacking)
    assert outcome(held - 2, 2).saved


def test_pools_may_fall_short_of_the_drawn_sizes(job: Job, tmp_path: Path) -> None:
    """A run over few texts succeeds, and every shard records its shortfall."""
    poor = changed(job, batch_texts=1, batches=1, size_mean=5000.0, size_min=1000, size_max=6000)
    collected = run(poor, tmp_path / "out.json", keep_work=True)
    fingerprints = dict(collected.facts.fingerprints)
    parts = (tmp_path / "out.json.work").glob("*.partial")
    found = [check(path, job_digest=poor.digest(), fingerprints=fingerprints) for path in parts]
    assert sorted(one.shard for one in found) == sorted(plan(poor))
    assert all(one.shortfall > 1000 * one.shard.draws for one in found)


def test_a_failed_run_keeps_its_shards(job: Job, tmp_path: Path) -> None:
    """A cache file is truncated during the run."""
    cached = open_corpus(job.train_directory, "python", cache_dir=cache_of(job)).handle.path

    class Cutting(Watch):
        def finished(self, shard: Shard) -> None:
            super().finished(shard)
            os.truncate(cached, 100)

    with pytest.raises(WorkerError, match=r"shard python\..*run again"):
        run(job, tmp_path / "out.json", watch=Cutting(), workers=1, shard_draws=20)
    assert not (tmp_path / "out.json").exists()
    assert list((tmp_path / "out.json.work").glob("*.partial"))
    watch = Watch()
    run(job, tmp_path / "out.json", watch=watch, shard_draws=20)
    assert watch.saved
    run(job, tmp_path / "straight.json")
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """After `kill -9` the same command ends with the same bytes, and runs no shard twice."""
    moments = random.Random(int(os.environ["TEST_SEED"]))  # noqa: S311 - repeatable
    job = make_job(tmp_path, num_batches=800)
    output, done = tmp_path / "out.json", set[str]()
    for _ in range(KILLS):
        with victim(job, output, 10) as process:
            pids_of(process)
            for _ in range(moments.randint(0, 60 // KILLS)):
                word, _, name = line_of(process).strip().partition(" ")
                assert word == "finished"
                assert name not in done
                done.add(name)
            process.kill()
            process.communicate()
        assert not output.exists()
    watch = Watch()
    run(job, output, watch=watch, workers=2, shard_draws=10)
    assert done <= set(map(str, watch.saved))
    run(job, tmp_path / "straight.json")
    assert sha256s(output) == sha256s(tmp_path / "straight.json")


def test_the_references_ids_do_not_matter(job: Job, tmp_path: Path) -> None:
    run(job, tmp_path / "ids.json")
    tokens = tuple((token, None) for token, _ in SPECIAL_TOKENS)
    run(replace(job, reference=Reference("</s>", tokens)), tmp_path / "none.json")
    assert sha256s(tmp_path / "ids.json") == sha256s(tmp_path / "none.json")
