"""Local engine: worker processes on this machine, each running one shard at a time.

In: a task and its shards. Out: partials; processes that die or hang are replaced.
Members: engine (start and end), pool (the workers of a run), process (a process and its pipe), serve (the loop inside a
worker), watchdog (who hangs), memory_pressure (is memory short), messages (what users are told), open_corpora (files
that a worker keeps open).
"""
