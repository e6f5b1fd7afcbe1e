"""Paths of folders in the checkout that tests read."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
GOLDEN = TESTS / "golden"
CONFIGS = ROOT / "configs"
