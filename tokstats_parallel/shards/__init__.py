"""Shards: pure functions from a job to shards, and from a shard to its partial.

In: a `Job`. Out: the list of its shards; for each, one checksummed file of counts.
Members:
- plan: cuts a job into shards.
- schedule: chooses the shard that a worker runs next.
- worker: runs a shard.
- partial: the file of a shard.
- observer: the protocol by which a run reports its events.
"""
