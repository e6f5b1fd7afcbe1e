"""Local engine: executes shards in worker processes on this machine, one shard at a time in each.

In: a setup and the shards. Out: the paths of the partials. A worker process that dies or hangs is replaced.

- engine: starts and ends the worker processes
- worker_pool: assigns shards to workers, and replaces workers that fail
- process: starts a child process, and connects it with the coordinator
- imports: leads a child process to the modules that it needs, and to none of the caller
- serve: runs in a worker process: receives shards, and returns the paths of their partials
- watchdog: detects workers that hang
- memory_pressure: detects low memory, and workers that the kernel ended for lack of memory
- messages: words the messages about workers that died or could not be started
"""
