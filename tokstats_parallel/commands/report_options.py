"""Options of `report`, with their types, defaults and help texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tokstats_parallel.commands.parameters import PLAIN


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """Options of `report`.

    Attributes:
        output_file: HTML file of the page; - for stdout.
        tokenizers: Tokenizer whose coverage the page shows, named as for `tokstats coverage`; may be given several
            times.
        data_dir: Folder for the numbers of all tables as CSV, and for all drawings as SVG.
        force: Replace the page, if there is one, and write into a folder that is not empty.
    """

    output_file: Annotated[Path, Parameter(name=["--output-file", "-o"])] = Path("report.html")
    tokenizers: Annotated[tuple[str, ...], PLAIN, Parameter(name="--tokenizer")] = ()
    data_dir: Annotated[Path | None, PLAIN] = None
    force: Annotated[bool, PLAIN] = False
