#!/usr/bin/env python3
"""Prepares code corpora: the former name of `tokstats prepare`."""

from __future__ import annotations

import sys

from tokstats_parallel.commands.main import run

if __name__ == "__main__":
    run(["prepare", *sys.argv[1:]])
