"""Soak tests of `scripts/soak.py` and `scripts/soak_nodes.py`: from a seed to results of killed runs that are checked.

`folder` makes a config and small corpora, and checks the files that a command leaves. `victim` starts a command in a
session and kills its processes. `rounds` kills commands until they end, and checks every result.

`node` starts a node, in which `watched_task` runs a task and logs what it holds. `cluster` starts and kills tasks on
two nodes. `node_rounds` does so until all are done, and checks the results, and the log by `hold_log`.
"""
