"""Engines: they execute the shards of a run.

In: a task and its shards. Out: each shard with the path of its partial, in the order in which they end.
Members:
- interface: the protocol of all engines, and the task of a run.
- local: executes shards in processes on this machine.
"""
