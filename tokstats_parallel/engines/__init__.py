"""Engines: execute the shards of a run.

In: a setup and the shards. Out: each shard with the path of its partial, in the order in which the shards end.

- interface: defines the protocol of all engines, and the setup of a run
- attempt: runs a shard in a worker of any engine, and saves its partial
- open_corpora: keeps the last used corpora of a worker open
- local: executes shards in worker processes on this machine
- slurm: executes shards by an array of Slurm, on any nodes
- dask: executes shards as tasks of a Dask cluster
"""
