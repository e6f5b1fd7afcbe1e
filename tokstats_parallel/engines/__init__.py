"""Engines: where the shards of a run are executed.

In: a task and its shards. Out: each shard with the path of its partial, in the order in which they end.
Members: interface (what every engine is), local (processes on this machine).
"""
