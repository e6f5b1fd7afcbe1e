"""Soak test of `scripts/soak.py`: from a seed to results of killed runs that are checked.

`folder` makes a config and small corpora, and checks the files that a command leaves. `victim` starts a command in a
session and kills its processes. `rounds` kills commands until they end, and checks every result.
"""
