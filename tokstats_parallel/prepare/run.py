"""`prepare`: resumes earlier work, opens every source, then collects and seals language by language.

For each language the working folder `{train_directory}/.prepare/{lang}/` holds the manifest and the parts
(see `manifest`). A run that is killed at any moment is resumed by the same command and ends with the same
bytes: the rows are a function of the source's pinned version, and the final files are a function of the rows.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.display.console import PatientConsole, stderr_console, stdout_console
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
    """Makes `{lang}.parquet` for every language, and prints the summary.

    Args:
        options: Languages, their source, and the folders of the result.
        report: Receives the progress; by default it prints notices to stderr.
        console: Console for the summary; stdout by default.
        hub: Access to the hub; None for the real one.
        retry: Policy for faults of the network.

    Returns:
        0, or 3 where a language has fewer rows than asked.

    Raises:
        PrepareError: A fault in one line, with its remedy; finished work is kept.
    """
    report = report or PrepareReport(stderr_console())
    results = prepare_languages(options, report=report, hub=hub, retry=retry or Retry(notify=report.note))
    report.end()
    print_summary(results, console or stdout_console())
    return SHORT if any(result.missing for result in results) else DONE


def prepare_languages(
    options: PrepareOptions, *, report: PrepareReport, hub: HubAccess | None, retry: Retry
) -> list[LanguageResult]:
    """Does `prepare` without the summary; returns the result of each language, in the order asked."""
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
            _LanguageWork(language, folders[language], options, report, retry).run(resumed[language])
            for language in options.languages
        ]


@dataclass(frozen=True, slots=True)
class _LanguageWork:
    """Work on one language."""

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
        """Makes the final files from the parts, then removes the parts."""
        if not manifest.rows("train"):
            left_out = ", ".join(f"{reason} {count}" for reason, count in manifest.all_left_out().items())
            raise PrepareError(
                f"{self.name}: no row for training (validation took {manifest.rows('valid')}, left out: "
                f"{left_out or 'nothing'}); give another source, or ask for less, with --restart"
            )
        rows = sum(part.content.rows for part in manifest.parts)
        self.report.begin(f"{self.name}, final files", rows=0, text_bytes=0, asked=rows)
        done = {
            split: seal(self._texts(manifest, split), path)
            for split, path in self.options.final_paths(self.name).items()
        }
        manifest = replace(manifest, done=done)
        manifest.save(self.folder)
        return repair(manifest, self.folder)

    def _texts(self, manifest: Manifest, split: Split) -> Iterator[pa.LargeStringArray]:
        for part in manifest.parts:
            if part.split == split:
                for texts in read_part(self.folder / part.name):
                    yield texts
                    self.report.advance(len(texts), text_size(texts))
