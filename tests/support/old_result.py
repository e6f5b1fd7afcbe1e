"""Files of an earlier result, which a run knows and so replaces: five batches of one language, by version 0.1.0."""

from pathlib import Path

from support.paths import GOLDEN

OLD = {name: (GOLDEN / "result_0.1.0" / name).read_bytes() for name in ("out.json", "out.parquet", "out.manifest.json")}
"""Name of each file, for a result named `out.json`, -> its content."""


def write_old(output: Path) -> None:
    """Writes the files of an earlier result whose JSON is `output`."""
    for name, content in OLD.items():
        output.with_name(name.replace("out", output.stem, 1)).write_bytes(content)
