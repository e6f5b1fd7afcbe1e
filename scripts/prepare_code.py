#!/usr/bin/env python3
"""Prepare code corpora, under the name that the command has always had: the same as `tokstats prepare`."""

from __future__ import annotations

import sys

from tokstats_parallel.commands.main import run

if __name__ == "__main__":
    run(["prepare", *sys.argv[1:]])
