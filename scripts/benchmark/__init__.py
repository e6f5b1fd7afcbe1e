"""The benchmark of `scripts/bench.py`: what is measured, how, and how it is shown.

`rows` is the table with its targets. `core` measures the sampling itself and `whole` whole commands, each case in a
process of its own, which `process` starts and watches; `inputs`, `yardstick`, `shards` and `merging` are the programs
of such processes. `report` shows what was measured and compares it with what was measured earlier.
"""
