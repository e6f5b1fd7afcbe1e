"""Result of a language, for the summary and the exit code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tokstats_parallel.prepare.manifest import Manifest
from tokstats_parallel.prepare.options import PrepareOptions
from tokstats_parallel.prepare.writer import SealedFile


@dataclass(frozen=True, slots=True)
class LanguageResult:
    """Result of a language.

    Attributes:
        language: Name of the language.
        train: Training file.
        valid: Validation file; None where none was asked for.
        missing: Rows fewer than asked, validation rows included.
        left_out: Reason -> rows, or files or folders of a source folder.
        markers: Rows that began with repository markers.
    """

    language: str
    train: SealedFile
    valid: SealedFile | None
    missing: int
    left_out: Mapping[str, int]
    markers: int

    @classmethod
    def of(cls, language: str, manifest: Manifest, options: PrepareOptions) -> "LanguageResult":
        """The result of a manifest that is done."""
        rows = sum(sealed.rows for sealed in manifest.done.values())
        # A limit of bytes may end a language before its rows do; only the source's own end makes it short.
        short = manifest.exhausted and options.asked_rows is not None
        return cls(
            language=language,
            train=manifest.done["train"],
            valid=manifest.done.get("valid"),
            missing=max((options.asked_rows or 0) - rows, 0) if short else 0,
            left_out=manifest.all_left_out(),
            markers=manifest.markers(),
        )

    def notices(self, options: PrepareOptions) -> Iterator[str]:
        """Lines about results that the user may not expect."""
        if self.missing:
            yield f"{self.language}: the source ends {self.missing:,} rows short of {options.asked_rows:,}"
        if self.markers:
            what = "cut off" if options.strip_markers else "kept; --strip-markers cuts them off"
            yield f"{self.language}: {self.markers:,} rows begin with repository markers ({what})"
