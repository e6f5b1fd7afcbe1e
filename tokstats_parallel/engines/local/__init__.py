"""Local engine: worker processes on this machine, each of which runs one shard at a time.

In: a task and its shards. Out: partials; processes that die or hang are replaced.
Members:
- engine: starts and ends the workers.
- pool: assigns shards, and replaces workers.
- process: a child process and its connection.
- serve: the main loop of a worker.
- watchdog: detects hung workers.
- memory_pressure: detects low memory.
- messages: texts about workers that died or could not start.
- open_corpora: corpora that a worker keeps open.
"""
