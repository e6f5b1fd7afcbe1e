"""Prints the import graphs of the Python package and the Rust crate; with `--check`, checks the direction of imports.

A room is a folder, or a single file, directly below the package or the crate. Two rules hold:

1. `PYTHON_ORDER` or `RUST_ORDER` lists every room, and a room imports only rooms that are below it in this list.
2. Inside each folder, at every depth, files and folders do not import each other in a circle. A folder counts as one
   member, with everything inside it.

Both rules together exclude every circle of modules. Imports inside functions and imports for type checkers count, too.
Rust code under `#[cfg(test)]` does not count, and neither do calls from a `mod.rs` to the modules that it declares.

Both languages are in one file of more than 250 lines, because nearly all of it serves both.
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
# Rooms from the top to the bottom; a room without a folder is a file.
PYTHON_ORDER = (
    "__main__",
    "commands",
    "simulate",
    "validate",
    "prepare",
    "__init__",
    "api",
    "notebook",
    "run",
    "batch_tokenizer",
    "report",
    "display",
    "answers",
    "results",
    "engines",
    "tasks",
    "shards",
    "config",
    "corpus",
    "system",
    "errors",
    "_native",
    "sampling",
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
    "token",
    "split",
    "base",
)
PAGE = "(page)"
"""Name that a folder's `__init__.py` or `mod.rs` has among the members of the folder."""
_COMMENT = re.compile(r"//[^\n]*")
_TEST_MODULE = re.compile(r"^#\[cfg\(test\)\]\s*(?:pub(?:\(crate\))? )?mod \w+ \{.*?^\}", re.MULTILINE | re.DOTALL)
_INLINE_MODULE = re.compile(r"^(?:pub(?:\(crate\))? )?mod \w+ \{.*?^\}", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"\b(?:crate|super|self)(?:::\w+)*(?:::\{)?")

Graph = Mapping[str, Collection[str]]
"""Name of a module or member -> the names that it imports; a module's name is its path below the package or the crate,
with dots instead of slashes."""


class Language(NamedTuple):
    """Import graph of all modules in one programming language, and the order of the rooms from the top down."""

    name: str
    modules: Graph
    order: tuple[str, ...]


def python_modules(root: Path) -> Graph:
    """Returns the imports among the modules of the Python package of the checkout `root`."""
    package = root / PACKAGE
    files = {_module_name(path, package): path for path in [*package.rglob("*.py"), *package.glob("*.pyi")]}
    return {name: _known(_python_paths(path, name), files, "__init__") - {name} for name, path in files.items()}


def rust_modules(root: Path) -> Graph:
    """Returns the imports among the modules of the Rust crate of the checkout `root`.

    The file `lib.rs` is left out, because it only lists the modules.
    """
    crate = root / "native" / "src"
    files = {_module_name(path, crate): path for path in crate.rglob("*.rs") if path != crate / "lib.rs"}
    return {name: _known(_rust_paths(path, name), files, "") - {name} for name, path in files.items()}


def members(modules: Graph, folder: str = "") -> dict[str, set[str]]:
    """Returns the imports among the files and folders directly in `folder`; "" is the package or the crate itself."""
    graph: dict[str, set[str]] = {}
    for module, imported in modules.items():
        if member := _member(module, folder):
            others = {_member(other, folder) for other in imported}
            graph.setdefault(member, set()).update(other for other in others if other and other != member)
    return graph


def folders(modules: Graph) -> list[str]:
    """Lists all folders with modules, sorted by name; the first is "", the package or the crate itself."""
    parents = {".".join(parts[:depth]) for parts in map(_parts, modules) for depth in range(len(parts))}
    return sorted(parents)


def circles(graph: Graph) -> Iterator[list[str]]:
    """Yields circles of imports, each as a list of names whose last name is its first.

    After a circle was yielded, its last import is left out of the graph, so no circle is yielded twice.
    """
    rest = {name: set(imported) for name, imported in graph.items()}
    while True:
        try:
            TopologicalSorter(rest).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]  # graphlib's path runs from an imported module to its importer
            yield circle
            rest[circle[-2]].remove(circle[-1])
        else:
            return


def wrong_imports(language: Language) -> Iterator[str]:
    """Yields one line for every upward import, every room that is not in the order, and every circle of imports."""
    height = {room: index for index, room in enumerate(reversed(language.order))}
    rooms = members(language.modules)
    yield from (
        f"{language.name}: {room} is no room of the order in {Path(__file__).name}" for room in rooms - height.keys()
    )
    yield from (
        f"{language.name}: the order in {Path(__file__).name} names {room}, which does not exist"
        for room in height.keys() - rooms
    )
    for module, imported in sorted(language.modules.items()):
        for other in sorted(imported):
            if height.get(_room(module), len(height)) < height.get(_room(other), -1):
                yield f"{language.name}: {module} imports {other}, which is above it"
    for folder in folders(language.modules):
        for circle in circles(members(language.modules, folder)):
            yield f"{language.name}: imports run in a circle in {folder or 'the top level'}: {' -> '.join(circle)}"


def described(language: Language) -> Iterator[str]:
    """Yields lines about the import graph: the sizes of all folders' graphs, and the imports of each room."""
    yield f"{language.name}: {_size(language.modules, 'modules')}"
    for folder in folders(language.modules):
        graph = members(language.modules, folder)
        if not folder:
            yield f"  top level: {_size(graph, 'rooms')}"
            order = [*(graph.keys() - set(language.order)), *(room for room in language.order if room in graph)]
            for room in order:
                below = [other for other in order if other in graph[room]]
                yield f"    {room} -> {', '.join(below) or 'nothing'}"
        else:
            yield f"  in {folder}: {_size(graph, 'members')}"


def main(arguments: list[str] | None = None) -> int:
    """Prints import graphs and wrong imports, or with `--check` only the latter; returns 1 if an import is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print only what is wrong")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    options = parser.parse_args(arguments)
    languages = (
        Language("Python", python_modules(options.root), PYTHON_ORDER),
        Language("Rust", rust_modules(options.root), RUST_ORDER),
    )
    wrong = [line for language in languages for line in wrong_imports(language)]
    if not options.check:
        print(*(line for language in languages for line in described(language)), sep="\n")
        print(f"wrong imports: {len(wrong)}")
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


def _python_paths(path: Path, name: str) -> Iterator[str]:
    """Yields the names of this package that a Python file imports, including lazy imports by strings `module:name`."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = [PACKAGE, *_parts(package if package != "__init__" else "")]
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            imported = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.]+:\w+", node.value):
            imported = [node.value.partition(":")[0]]
        else:
            continue
        yield from (full.removeprefix(f"{PACKAGE}.") for full in imported if _parts(full)[0] == PACKAGE)


def _rust_paths(path: Path, name: str) -> Iterator[str]:
    """Yields the names of this crate that a Rust file imports or uses by a path."""
    code = _TEST_MODULE.sub("", _COMMENT.sub("", path.read_text("utf-8")))
    code = _INLINE_MODULE.sub(lambda inline: inline[0].replace("super::", "self::"), code)
    bases = {"crate": [], "self": _parts(name), "super": _parts(name)[:-1]}
    for match in _PATH.finditer(code):
        for first, *rest in _expanded(code, match):
            ups = sum(1 for word in rest if word == "super")
            base = bases[first]
            yield ".".join([*base[: len(base) - ups], *rest[ups:]])


def _expanded(code: str, match: re.Match[str]) -> Iterator[list[str]]:
    """Yields the paths of a Rust use tree: `a::{b, c::{d, e}}` has the paths a::b, a::c::d and a::c::e."""
    words = match[0].removesuffix("{").removesuffix("::").split("::")
    if not match[0].endswith("{"):
        yield words
        return
    prefixes, word = [words], ""
    for character in code[match.end() :]:
        if character == "{":
            prefixes.append([*prefixes[-1], *word.removesuffix("::").split("::")])
        elif character in ",}":
            if word:
                yield [*prefixes[-1], *word.split("::")]
            if character == "}":
                prefixes.pop()
                if not prefixes:
                    return
        elif character.isspace():
            continue
        else:
            word += character
            continue
        word = ""


def _module_name(path: Path, top: Path) -> str:
    parts = path.relative_to(top).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] in ("__init__", "mod") and len(parts) > 1 else parts)


def _known(paths: Iterator[str], modules: Collection[str], top: str) -> set[str]:
    """Returns the module of each imported name; a name that is in no module counts as a name of the module `top`."""
    found = set()
    for path in paths:
        while path and path not in modules:
            path = path.rpartition(".")[0]  # noqa: PLW2901 - the loop shortens its own path
        found.add(path or top)
    return found - {""}


def _member(module: str, folder: str) -> str | None:
    """Returns the member of `folder` that is the module or holds the module; None if the module is not in `folder`."""
    parts, above = _parts(module), _parts(folder)
    if parts[: len(above)] != above:
        return None
    return parts[len(above)] if len(parts) > len(above) else PAGE


def _parts(name: str) -> list[str]:
    return name.split(".") if name else []


def _room(module: str) -> str:
    return module.partition(".")[0]


def _size(graph: Graph, what: str) -> str:
    return f"{len(graph)} {what}, {sum(map(len, graph.values()))} arrows"


if __name__ == "__main__":
    sys.exit(main())
