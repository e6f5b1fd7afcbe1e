"""Options of `collect`, `validate`, `simulate` and `vocabulary`, with their types, defaults and help texts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tokstats_parallel.commands.engine_options import EngineOptions
from tokstats_parallel.commands.parameters import PLAIN, WHOLE, whole_number
from tokstats_parallel.config.request import TRAINING, JobRequest, NumBatches


def _batches(kind: type, words: Sequence[Any]) -> NumBatches:
    """Parses a number of batches, or the word `training`."""
    return TRAINING if words[0].value == TRAINING else whole_number(kind, words)


BATCHES = Parameter(converter=_batches)


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """Options that replace values of the config, and options about the data; the lines are also the help texts.

    Attributes:
        seed: Seed in place of the config's.
        assignments: Setting in place of the config's, such as n_pools=2; may be given several times.
        special_tokens: Special tokens in place of the reference tokenizer's, separated by commas.
        eos_token: End-of-text token in place of the reference tokenizer's; empty for none.
        language_counts: CSV of pages by language (lang_code,n_pages), to weigh languages that have no weights in langs.
        cache_dir: Folder for converted corpora, in place of the user's cache.
        no_cache: Convert no corpora, and hold them in memory; for small corpora.
    """

    seed: Annotated[int | None, WHOLE, PLAIN] = None
    assignments: Annotated[tuple[str, ...], PLAIN, Parameter(name="--set")] = ()
    special_tokens: Annotated[str | None, PLAIN] = None
    eos_token: Annotated[str | None, PLAIN] = None
    language_counts: Annotated[Path | None, PLAIN] = None
    cache_dir: Annotated[Path | None, PLAIN] = None
    no_cache: Annotated[bool, PLAIN] = False

    def job_request(self, config: Path) -> JobRequest:
        """Returns the request for a job, from the path of the config and the options."""
        return JobRequest(
            config=config,
            seed=self.seed,
            assignments=self.assignments,
            special_tokens=self.special_tokens,
            eos_token=self.eos_token,
            language_counts=self.language_counts,
        )


@dataclass(frozen=True, kw_only=True)
class _ResultOptions:
    """Options about the result of a run, which come first in the help.

    Attributes:
        num_batches: Number of batches to draw, or training for all draws of the config's training, which are steps -
            identity_steps.
        output_file: JSON file for the counts; a Parquet file and a manifest are written beside it.
        workers: Number of worker processes; auto takes as many as CPUs and memory allow. Never changes the result.
    """

    num_batches: Annotated[NumBatches, BATCHES] = 1000
    output_file: Path = Path("token_frequencies.json")
    workers: str = "auto"


@dataclass(frozen=True, kw_only=True)
class RunOptions(JobOptions, _ResultOptions):
    """Options of a run, as typed.

    Attributes:
        work_dir: Folder for finished shards, in place of OUTPUT_FILE.work beside the output.
    """

    work_dir: Annotated[Path | None, PLAIN] = None

    def job_request(self, config: Path) -> JobRequest:
        """Returns the request for a job, from the path of the config and the options."""
        return replace(super().job_request(config), num_batches=self.num_batches)


@dataclass(frozen=True, kw_only=True)
class CollectOptions(EngineOptions, RunOptions):
    """Options of `collect`.

    Attributes:
        min_count: Least count of a sampled token in the JSON and the Parquet; rarer ones are left out and counted.
        report: HTML page about the result, as `tokstats report` makes it; it is written after the result.
        keep_work: Keep the finished shards after the run, so that a longer run of the same job uses them.
        fresh: Throw away the finished shards of an earlier run, and start anew.
        quiet: Print nothing but errors.
        json: Print the summary as one JSON object, also with --quiet.
        no_progress: Show notices, but no progress.
    """

    min_count: Annotated[int, WHOLE] = 1
    report: Annotated[Path | None, PLAIN] = None
    keep_work: Annotated[bool, PLAIN] = False
    fresh: Annotated[bool, PLAIN] = False
    quiet: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False
    no_progress: Annotated[bool, PLAIN] = False


@dataclass(frozen=True, kw_only=True)
class ValidateOptions(RunOptions):
    """Options of `validate`.

    Attributes:
        quick: Make no estimate of time and memory, which saves some seconds.
        json: Print the checks and the estimate as one JSON object.
    """

    quick: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False


@dataclass(frozen=True, kw_only=True)
class _SimulatedRun:
    """Options about the run to simulate, which come first in the help.

    Attributes:
        num_batches: Number of batches of the run, or training for all draws of the config's training, which are steps -
            identity_steps.
        workers: Numbers of worker processes, of all machines together, separated by commas.
        tasks: Number of tasks, as for `tokstats plan`, that share the workers; 1 for a run by one engine.
    """

    num_batches: Annotated[NumBatches, Parameter(converter=_batches)] = 1000
    workers: str = "1,2,16,64,1000,10000"
    tasks: Annotated[int, WHOLE] = 1


@dataclass(frozen=True, kw_only=True)
class SimulateOptions(JobOptions, _SimulatedRun):
    """Options of `simulate`.

    Attributes:
        json: Print the measured costs and the timetables as one JSON object.
    """

    json: Annotated[bool, PLAIN] = False

    def job_request(self, config: Path) -> JobRequest:
        """Returns the request for a job, from the path of the config and the options."""
        return replace(super().job_request(config), num_batches=self.num_batches)


@dataclass(frozen=True, kw_only=True)
class _BatchOptions:
    """Options that choose batches and the place of their tokenizers, which come first in the help.

    Attributes:
        batch: Number of the batch, from 0; its tokenizer is written to the output folder itself.
        batches: Several batches, FIRST:END or FIRST:END:STEP without END itself; the tokenizer of batch 100 is written
            to the folder batch-100 in the output folder.
        output_dir: Folder for the tokenizer; files of another program are not replaced.
    """

    batch: Annotated[int | None, WHOLE, PLAIN] = None
    batches: Annotated[str | None, PLAIN] = None
    output_dir: Annotated[Path, Parameter(name=["--output-dir", "-o"])]


@dataclass(frozen=True, kw_only=True)
class VocabularyOptions(JobOptions, _BatchOptions):
    """Options of `vocabulary`.

    Attributes:
        result: File or folder of a result; the batches must be of its run, with the same settings, seed and data.
        texts: Also write the texts of the batch, one JSON object a line with text and language, to texts.jsonl.
        stats: Print bytes a token and the share of unknown tokens in the texts of the batch, by language.
        json: Print one JSON object about all that was written.
    """

    result: Annotated[Path | None, PLAIN] = None
    texts: Annotated[bool, PLAIN] = False
    stats: Annotated[bool, PLAIN] = False
    json: Annotated[bool, PLAIN] = False
