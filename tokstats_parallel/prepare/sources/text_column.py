"""Text column of a Parquet file: chosen by its name, checked by its type, and converted to rows."""

import pyarrow as pa
import pyarrow.compute as pc

from tokstats_parallel.corpus.text_column import TEXT, is_bytes, is_text
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import NOT_UTF8, OVER_LONG

USUAL_COLUMNS = ("content", TEXT)
# The rows of a row group in a final file must have less than 2 GiB in all.
MAX_ROW_BYTES = 1 << 30
_NAMES_SHOWN = 10
_TYPE_CHARACTERS = 100


def text_column(file: str, schema: pa.Schema, wanted: str | None) -> str:
    """Returns the name of the column that holds the text: `wanted`, or the first of `USUAL_COLUMNS` that is there.

    Raises:
        PrepareError: The file has no such column, or several, or the column's values are no strings.
    """
    candidates = USUAL_COLUMNS if wanted is None else (wanted,)
    for name in candidates:
        if name in schema.names:
            if schema.names.count(name) > 1:
                raise PrepareError(f"{file}: has several columns '{name}'; name another with --column")
            kind = schema.field(name).type
            if is_text(kind) or is_bytes(kind) or pa.types.is_null(kind):
                return name
            raise PrepareError(
                f"{file}: column '{name}' holds {str(kind)[:_TYPE_CHARACTERS]}, not strings; name another with --column"
            )
    missing = " or ".join(f"'{name}'" for name in candidates)
    found = ", ".join(schema.names[:_NAMES_SHOWN]) + (", ..." if len(schema.names) > _NAMES_SHOWN else "")
    raise PrepareError(f"{file}: no column {missing}; name the text's column with --column (found: {found or 'none'})")


def checked_rows(column: pa.Array) -> SourceRows:
    """Converts a column of strings or bytes of any Arrow type to rows; rows that are not UTF-8 are left out."""
    # A cast from bytes to strings would refuse the whole chunk for one row that is not UTF-8.
    if is_bytes(column.type):
        texts = column.cast(pa.large_binary()).view(pa.large_string())
    else:
        texts = column.cast(pa.large_string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return _short_rows(_utf8_rows(texts))
    return _short_rows(SourceRows(texts))


def _short_rows(rows: SourceRows) -> SourceRows:
    """Leaves out the rows that are too long for a final file."""
    lengths = pc.binary_length(rows.texts)
    if (pc.max(lengths).as_py() or 0) <= MAX_ROW_BYTES:
        return rows
    too_long = pc.greater(pc.fill_null(lengths, 0), MAX_ROW_BYTES)
    texts = pc.if_else(too_long, pa.scalar(None, pa.large_string()), rows.texts)
    reasons = dict.fromkeys(pc.indices_nonzero(too_long).to_pylist(), OVER_LONG)
    return SourceRows(texts, {**rows.reasons, **reasons})


def _utf8_rows(texts: pa.LargeStringArray) -> SourceRows:
    kept: list[str | None] = []
    reasons = {}
    for row, raw in enumerate(texts.cast(pa.large_binary()).to_pylist()):
        try:
            kept.append(None if raw is None else raw.decode())
        except UnicodeDecodeError:
            kept.append(None)
            reasons[row] = NOT_UTF8
    return SourceRows(pa.array(kept, pa.large_string()), reasons)
