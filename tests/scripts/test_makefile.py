"""The Makefile: every source of the native module is in its list, and the module is rebuilt whenever one changes."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.paths import ROOT

MAKE = shutil.which("make") or "make"
STUB = """\
#!/bin/sh
# Stands for Python and for pip: makes an environment, or a native module, and counts its builds.
case "$*" in
*venv*) mkdir -p .venv/bin && cp "$0" .venv/bin/pip ;;
*install*) echo build >> builds && touch tokstats_parallel/_native.abi3.so ;;
esac
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with the real Makefile, a small crate, and stubs for the tools that build."""
    for name in ("Makefile", "pyproject.toml", "scripts/constraints.txt", "native/Cargo.toml", "native/Cargo.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("lib.rs", "draw/mod.rs", "draw/noised_order.rs", "draw/scan/mod.rs"):
        (tmp_path / "native/src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "native/src" / name).touch()
    (tmp_path / "tokstats_parallel").mkdir()
    (tmp_path / "python").write_text(STUB)
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "cargo").symlink_to("python")
    back = time.time() - 100  # nothing here is as new as what a test changes
    for path in [*tmp_path.rglob("*"), tmp_path]:
        os.utime(path, (back, back))
    return tmp_path


def outer() -> dict[str, str]:
    """Returns the environment without what a `make test` that runs the tests hands on to its own calls of make."""
    return {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def make(tree: Path, *words: str) -> str:
    environment = outer() | {"PATH": f"{tree}:{os.environ['PATH']}"}
    command = [MAKE, "PYTHON=./python", *words]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def builds(tree: Path) -> int:
    return len((tree / "builds").read_text().splitlines())


def test_the_list_of_sources_is_the_tree() -> None:
    listed = {Path(name) for name in make(ROOT, "--eval=sources: ; @echo $(SOURCES)", "sources").split()}
    crate = ROOT / "native" / "src"
    assert {ROOT / path for path in listed if (ROOT / path).is_file()} >= set(crate.rglob("*.rs")) != set()
    folders = {path.parent for path in crate.rglob("*.rs")}
    assert {ROOT / path for path in listed if (ROOT / path).is_dir()} >= folders
    assert {Path("native/Cargo.toml"), Path("native/Cargo.lock"), Path("pyproject.toml")} <= listed


@pytest.mark.parametrize(
    "change",
    [
        lambda crate: (crate / "draw/scan/mod.rs").write_text("// edited"),
        lambda crate: (crate / "draw/scan/avx2.rs").touch(),
        lambda crate: (crate / "draw/noised_order.rs").unlink(),
        lambda crate: (crate / "draw/noised_order.rs").rename(crate / "order.rs"),
        lambda crate: (crate / "draw/scan").rename(crate / "scan"),
        lambda crate: (crate.parent / "Cargo.lock").touch(),
        lambda crate: (crate.parents[1] / "tokstats_parallel/_native.abi3.so").unlink(),
        lambda crate: os.utime(crate.parents[1] / "tokstats_parallel/_native.abi3.so", (1, 1)),
    ],
    ids=["edited", "added", "removed", "moved", "folder-moved", "locked", "module-removed", "module-of-an-older-build"],
)
def test_a_change_of_the_sources_builds_the_module_again(tree: Path, change: Callable[[Path], object]) -> None:
    make(tree, "build")
    make(tree, "build")
    assert builds(tree) == 1
    change(tree / "native" / "src")
    make(tree, "build")
    make(tree, "build")
    assert builds(tree) == 2


def test_one_seed_is_for_both_languages() -> None:
    show = "--eval=seeds: ; @echo $$TEST_SEED $$PROPTEST_RNG_SEED"
    assert make(ROOT, show, "seeds", "TEST_SEED=7") == "7 7\n"
    environment = {name: value for name, value in outer().items() if name != "TEST_SEED"}
    drawn = {
        subprocess.run(
            [MAKE, "-C", str(ROOT), "-s", show, "seeds"], env=environment, capture_output=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(drawn) == 2
    for line in drawn:
        first, second = line.split()
        assert first == second


def test_a_failure_says_how_it_is_repeated(tree: Path) -> None:
    (tree / "cargo").unlink()
    (tree / "cargo").write_text('#!/bin/sh\n[ "$1" != test ]\n')
    (tree / "cargo").chmod(0o755)
    environment = outer() | {"PATH": f"{tree}:{os.environ['PATH']}"}
    command = [MAKE, "PYTHON=./python", "test", "TEST_SEED=7"]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "repeat with: make test TEST_SEED=7\n" in done.stderr
