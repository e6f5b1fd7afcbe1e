"""Shards: pure functions from a job to shards, and from a shard to its partial.

In: a `Job`. Out: the list of its shards; for each, one checksummed file of counts.
Members: plan (batches to shards), schedule (who runs which, in which order), worker (runs a shard), partial (its file).
"""
