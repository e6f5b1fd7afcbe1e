#!/usr/bin/env python3
"""Collect token statistics, under the name that the command has always had: the same as `tokstats CONFIG ...`."""

from tokstats_parallel.commands.main import run

if __name__ == "__main__":
    run()
