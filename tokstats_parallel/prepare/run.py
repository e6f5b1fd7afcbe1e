"""`prepare`: resumes earlier runs, opens every source, then writes the parts and the final files of each language.

For each language the working folder `{train_directory}/.prepare/{lang}/` holds the manifest and the parts (see
`manifest`). A run that is killed at any moment is resumed by the same command. The final files then have the same bytes
as after a run without a kill: the rows are a function of the source's pinned version, and the final files are a
function of the rows.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.display.console import PatientConsole, excuse_stdout, stderr_console, stdout_console
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.collect_language import Collector
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.error_messages import explain_errors
from tokstats_parallel.prepare.lock import hold_lock
from tokstats_parallel.prepare.manifest import Manifest, repair
from tokstats_parallel.prepare.options import WORK_FOLDER, PrepareOptions, Split
from tokstats_parallel.prepare.report import PrepareReport, print_summary
from tokstats_parallel.prepare.result import LanguageResult
from tokstats_parallel.prepare.resume import ResumedLanguage, resume
from tokstats_parallel.prepare.sources.hub import HubAccess
from tokstats_parallel.prepare.sources.open import retry_for
from tokstats_parallel.prepare.sources.rows import RowSource, text_size
from tokstats_parallel.prepare.writer import read_part, seal

DONE = 0
SHORT = 3


def prepare(
    options: PrepareOptions,
    *,
    report: PrepareReport | None = None,
    console: PatientConsole | None = None,
    hub: HubAccess | None = None,
    retry: Retry | None = None,
) -> int:
    """Makes the final files `{lang}.parquet` of every language, and prints the summary.

    Args:
        options: Languages, source of the rows, and folders of the final files.
        report: Receives the progress and prints notices; None prints notices to stderr, and no progress.
        console: Console that the summary is printed to; None prints the summary to stdout.
        hub: Access to the hub; None accesses the real hub.
        retry: Policy of retries for faults of the network; None takes the default policy.

    Returns:
        The exit code: 0, or 3 if a language has fewer rows than asked for.

    Raises:
        PrepareError: A fault that the user can remedy, in one line with the remedy; finished parts are kept.
    """
    report = report or PrepareReport(stderr_console())
    results = prepare_languages(options, report=report, hub=hub, retry=retry or Retry(notify=report.note))
    report.end()
    print_summary(results, console or stdout_console())
    excuse_stdout("all files are written")
    return SHORT if any(result.missing for result in results) else DONE


def prepare_languages(
    options: PrepareOptions, *, report: PrepareReport, hub: HubAccess | None, retry: Retry
) -> list[LanguageResult]:
    """Makes the final files of every language; returns the languages' results in the order of the options."""
    folders = {language: options.train_directory / WORK_FOLDER / language for language in options.languages}
    with ExitStack() as stack, explain_errors(options):
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(hold_lock(folder))
        if options.valid_directory is not None:
            options.valid_directory.mkdir(parents=True, exist_ok=True)
        resumed = resume(options, folders, hub=hub, retry=retry, note=report.note)
        retry = retry_for(options, retry)
        return [
            _LanguageMaker(language, folders[language], options, report, retry).run(resumed[language])
            for language in options.languages
        ]


@dataclass(frozen=True, slots=True)
class _LanguageMaker:
    """Makes the final files of one language."""

    name: str
    folder: Path
    options: PrepareOptions
    report: PrepareReport
    retry: Retry

    def run(self, resumed: ResumedLanguage) -> LanguageResult:
        manifest = resumed.manifest
        if resumed.source is None:
            self.report.note(f"{self.name}: already there; --restart makes it anew")
        else:
            manifest = self._finish(self._collect(manifest, resumed.source))
        result = LanguageResult.of(self.name, manifest, self.options)
        for line in result.notices(self.options):
            self.report.note(line)
        return result

    def _collect(self, manifest: Manifest, source: RowSource) -> Manifest:
        splits: tuple[Split, Split] = ("valid", "train")
        rows = sum(manifest.rows(split) for split in splits)
        size = sum(manifest.text_bytes(split) for split in splits)
        self.report.begin(self.name, rows=rows, text_bytes=size, asked=self.options.asked_rows)
        return Collector(source, self.folder, self.options, self.retry, self.report.advance).run(manifest)

    def _finish(self, manifest: Manifest) -> Manifest:
        """Makes the final files of the language from its parts, then removes the parts."""
        rows = sum(part.content.rows for part in manifest.parts)
        if not rows:
            left_out = ", ".join(f"{reason} {count}" for reason, count in manifest.all_left_out().items())
            raise PrepareError(
                f"{self.name}: no row for training (left out: {left_out or 'nothing'}); give another source"
            )
        valid_rows = self._valid_rows(manifest, rows)
        if "valid" in self.options.final_paths(self.name) and not valid_rows:
            self.report.note(f"{self.name}: has a single row, so there is no validation file")
        ranges: dict[Split, tuple[int, int]] = {"valid": (0, valid_rows), "train": (valid_rows, rows)}
        self.report.begin(f"{self.name}, final files", rows=0, text_bytes=0, asked=rows)
        done = {
            split: seal(self._texts(manifest, *ranges[split]), path)
            for split, path in self.options.final_paths(self.name).items()
            if split == "train" or valid_rows
        }
        manifest = replace(manifest, done=done)
        manifest.save(self.folder)
        return repair(manifest, self.folder)

    def _valid_rows(self, manifest: Manifest, rows: int) -> int:
        """Returns the number of validation rows: those that were asked for, or a share of `rows`, all that were found.

        At least one row is left for training.
        """
        share = min(self.options.validation_share(rows), rows - 1)
        if self.options.max_rows is None:
            return share
        return min(manifest.rows("valid"), share) if manifest.exhausted else manifest.rows("valid")

    def _texts(self, manifest: Manifest, first: int, last: int) -> Iterator[pa.LargeStringArray]:
        """Yields the rows with the numbers first .. last, counted from the first row of the first part."""
        row = 0
        for part in manifest.parts:
            if row + part.content.rows <= first or row >= last:
                row += part.content.rows
                continue
            for texts in read_part(self.folder / part.name):
                start, stop = max(first - row, 0), min(last - row, len(texts))
                row += len(texts)
                if start < stop:
                    wanted = texts.slice(start, stop - start)
                    yield wanted
                    self.report.advance(len(wanted), text_size(wanted))
