#!/usr/bin/env python3
"""Collects token statistics: the former name of `tokstats CONFIG ...`."""

from tokstats_parallel.commands.main import run

if __name__ == "__main__":
    run()
