"""Engines: they execute the shards of a run.

In: a task and its shards. Out: each shard with the path of its partial, in the order in which they end.
An engine is one class with the methods of `interface.Engine`; nothing else in the package changes with a new one.
Members: interface (the protocol of all engines), local (processes on this machine).
"""
