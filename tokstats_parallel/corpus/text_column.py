"""Text column: the column of a file that holds the rows, found by its name and checked by its type."""

import pyarrow as pa

from tokstats_parallel.errors import CorpusError

TEXT = "text"

_NAMES_SHOWN = 10


def is_text(kind: pa.DataType) -> bool:
    """Tells whether the values of an Arrow type are strings: plain, large, view or dictionary-encoded."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_bytes(kind: pa.DataType) -> bool:
    """Tells whether the values of an Arrow type are bytes of any length: plain, large, view or dictionary-encoded.

    Programs that do not mark text as such, as old Spark and Hive, write it into columns of bytes.
    """
    if pa.types.is_dictionary(kind):
        return is_bytes(kind.value_type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def check_column(schema: pa.Schema, label: str) -> None:
    """Checks that a file's schema has exactly one column `text`, and that its type is strings, bytes or nulls.

    Raises:
        CorpusError: The schema has no column `text`, has several, or has another type.
    """
    if schema.names.count(TEXT) != 1:
        names = [name for field in schema for name in _names(field)]
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
        remedy = f"rename the column that holds the text to {TEXT!r}"
        if TEXT in schema.names:
            remedy = "write the file again with one of them"
        elif any(name.endswith(f".{TEXT}") for name in names):
            remedy = f"make a column {TEXT!r} of the field inside the other column"
        raise CorpusError(f"{label}: needs one column {TEXT!r} (columns found: {shown or 'none'}); {remedy}")
    kind = schema.field(TEXT).type
    if not (is_text(kind) or is_bytes(kind) or pa.types.is_null(kind)):
        raise CorpusError(
            f"{label}: row 0 of column {TEXT!r} is not a string (found {kind}); write the column as strings"
        )


def _names(field: pa.Field) -> list[str]:
    """Returns the name of a column, or the names of its fields, `column.field`, if the column is a struct."""
    return [f"{field.name}.{inner.name}" for inner in field.type] if pa.types.is_struct(field.type) else [field.name]
