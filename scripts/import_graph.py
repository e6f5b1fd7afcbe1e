"""Prints the import graph of both languages, and with `--check` fails where an import runs the wrong way.

A room is a folder (or a lone file) directly below the package or the crate. A room may import the rooms below it in
`PYTHON_ORDER` or `RUST_ORDER`, and nothing above it; no modules import each other in a circle. Late imports and those
for type checkers count like all others; code under `#[cfg(test)]` does not.
"""

import argparse
import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tokstats_parallel"
# From the top down. A name that is no folder is a file.
PYTHON_ORDER = (
    "__main__",
    "commands",
    "validate",
    "prepare",
    "run",
    "display",
    "results",
    "engines",
    "shards",
    "config",
    "corpus",
    "system",
    "__init__",
    "errors",
    "_native",
)
RUST_ORDER = (
    "py",
    "shard",
    "sampler",
    "language_draw",
    "result",
    "counts",
    "draw",
    "pool",
    "text",
    "split",
    "base",
)
KNOWN = ("validate.machine", "validate.run", "validate.setup", "pool.slot_diff")
"""Modules with an import that is about to go; remove each name with its import."""
_RUST_PATH = re.compile(r"\b(crate|super)((?:::\w+)+)(?:::\{([^;]*?)\})?", re.DOTALL)
_RUST_TESTS = re.compile(r"^#\[cfg\(test\)\]\s*(?:pub(?:\(crate\))? )?mod \w+ \{.*?^\}", re.MULTILINE | re.DOTALL)
_RUST_COMMENT = re.compile(r"//[^\n]*")

Graph = Mapping[str, Collection[str]]
"""Module -> the modules that it imports; names are paths with dots, without the package."""


class Language(NamedTuple):
    """One language's graph, and the order of its rooms from the top down."""

    name: str
    graph: Graph
    order: tuple[str, ...]


def python_graph(root: Path) -> dict[str, set[str]]:
    """The imports among the modules of the package below `root`."""
    package = root / PACKAGE
    files = {_python_name(path.relative_to(package)): path for path in [*package.rglob("*.py"), *package.glob("*.pyi")]}
    return {
        name: {found for full in _python_imports(path) if (found := _known(full, files)) and found != name}
        for name, path in files.items()
    }


def rust_graph(root: Path) -> dict[str, set[str]]:
    """The imports among the modules of the crate below `root`; `lib.rs` only lists them and is left out."""
    crate = root / "native" / "src"
    files = {_rust_name(path.relative_to(crate)): path for path in crate.rglob("*.rs") if path.name != "lib.rs"}
    return {
        name: {found for full in _rust_imports(path, name) if (found := _known(full, files)) and found != name}
        for name, path in files.items()
    }


def wrong_imports(language: Language) -> Iterator[str]:
    """A line for every import that runs upward, every room without a place in the order, and the first circle."""
    height = {room: place for place, room in enumerate(reversed(language.order))}
    for module, imported in sorted(language.graph.items()):
        if _room(module) not in height:
            yield f"{language.name}: {module} is in no room of the order in {Path(__file__).name}"
        for other in sorted(imported):
            if height.get(_room(module), 0) < height.get(_room(other), 0):
                yield f"{language.name}: {module} imports {other}, which is above it"
    try:
        TopologicalSorter(language.graph).prepare()
    except CycleError as error:
        yield f"{language.name}: modules import each other in a circle: {' -> '.join(error.args[1])}"


def described(language: Language) -> Iterator[str]:
    """Lines with the number of rooms and arrows at each level."""
    rooms = _between_rooms(language.graph)
    yield f"{language.name}: {_counted(language.graph)} between modules; {_counted(rooms, 'rooms')} between rooms"
    for room in sorted(rooms, key=lambda room: language.order.index(room) if room in language.order else -1):
        inside = {module: [other for other in imported if _room(other) == room]
                  for module, imported in language.graph.items() if _room(module) == room}  # fmt: skip
        below = ", ".join(sorted(rooms[room], key=lambda other: (other not in language.order, other))) or "nothing"
        yield f"  {room}: {_counted(inside)} inside; imports {below}"


def main(arguments: list[str] | None = None) -> int:
    """Prints the graphs, or with `--check` only what is wrong; the exit code is 1 where anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print only what is wrong")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    options = parser.parse_args(arguments)
    languages = (
        Language("Python", python_graph(options.root), PYTHON_ORDER),
        Language("Rust", rust_graph(options.root), RUST_ORDER),
    )
    wrong = [line for language in languages for line in wrong_imports(language) if not any(k in line for k in KNOWN)]
    if not options.check:
        print(*(line for language in languages for line in described(language)), sep="\n")
        print(f"wrong imports: {len(wrong)}")
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


def _python_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix(f"{PACKAGE}.") for alias in node.names if alias.name.startswith(PACKAGE)
            )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            below = (node.module or "").removeprefix(PACKAGE).removeprefix(".")
            yield from (f"{below}.{alias.name}".removeprefix(".") for alias in node.names)


def _rust_imports(path: Path, name: str) -> Iterator[str]:
    code = _RUST_TESTS.sub("", _RUST_COMMENT.sub("", path.read_text("utf-8")))
    parent = name.rpartition(".")[0] if path.name != "mod.rs" else name
    for base, below, several in _RUST_PATH.findall(code):
        full = below.removeprefix("::").replace("::", ".")
        full = full if base == "crate" else f"{parent}.{full}".removeprefix(".")
        yield full
        yield from (f"{full}.{one.strip().split('::')[0]}" for one in several.split(",") if one.strip())


def _python_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _rust_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "mod" and len(parts) > 1 else parts)


def _known(full: str, modules: Collection[str]) -> str | None:
    """The module that an imported name is or lies in; a name of the package itself is of `__init__`."""
    while full:
        if full in modules:
            return full
        full = full.rpartition(".")[0]
    return "__init__" if "__init__" in modules else None


def _room(module: str) -> str:
    return module.partition(".")[0]


def _between_rooms(graph: Graph) -> dict[str, set[str]]:
    rooms: dict[str, set[str]] = {_room(module): set() for module in graph}
    for module, imported in graph.items():
        rooms[_room(module)] |= {_room(other) for other in imported} - {_room(module)}
    return rooms


def _counted(graph: Graph, what: str = "modules") -> str:
    arrows = sum(len(set(imported)) for imported in graph.values())
    return f"{len(graph)} {what}, {arrows} arrows"


if __name__ == "__main__":
    sys.exit(main())
