"""Benchmark of `scripts/bench.py`: from a config to figures beside their targets.

`rows` has the table and the targets. `core` measures the sampling and `whole` measures whole commands; each case runs
in its own process, which `process` starts and watches. `inputs`, `yardstick`, `shards` and `merging` are the programs
of these processes; `options`, `prepared`, `textfile` and `wide` have their inputs. `machine` describes the machine.
`report` writes and shows the figures, and compares them with an earlier result.
"""
