"""Result of a language: the numbers that the summary, the notices and the exit code are made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tokstats_parallel.prepare.manifest import Manifest
from tokstats_parallel.prepare.options import PrepareOptions
from tokstats_parallel.prepare.writer import SealedFile


@dataclass(frozen=True, slots=True)
class LanguageResult:
    """Result of a language that is done.

    Attributes:
        language: Name of the language.
        train: Content of the training file.
        valid: Content of the validation file; None if no validation rows were asked for.
        missing: Number of rows asked for that the source did not have, validation rows included.
        left_out: Reason -> number of left-out rows, files or folders.
        markers: Number of rows that began with repository markers.
    """

    language: str
    train: SealedFile
    valid: SealedFile | None
    missing: int
    left_out: Mapping[str, int]
    markers: int

    @classmethod
    def of(cls, language: str, manifest: Manifest, options: PrepareOptions) -> "LanguageResult":
        """Returns the result of a language that is done, from its manifest."""
        rows = sum(sealed.rows for sealed in manifest.done.values())
        # Rows are missing only if the source has ended: a limit of bytes may end a language before its limit of rows.
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
        """Yields notices for the user about missing rows, and about rows with repository markers."""
        if self.missing:
            yield f"{self.language}: the source ends {self.missing:,} rows short of {options.asked_rows:,}"
        if self.markers:
            what = "cut off" if options.strip_markers else "kept; --strip-markers cuts them off"
            yield f"{self.language}: {self.markers:,} rows begin with repository markers ({what})"
