"""Shards: cut a job into shards, and count each shard into a partial.

In: a `Job` and its corpora. Out: the list of the job's shards, and one checksummed file of counts for each shard. Both
are pure functions: no worker, machine or earlier run has an influence on them.

- streams: knows the languages, draws and fingerprint of each stream
- plan: cuts a job into shards
- schedule: chooses the shard that a worker runs next
- run_shard: runs one shard
- partial: writes and checks the file of a shard
- corpus_use: describes how a run uses the rows of its corpora
- observer: defines the protocol by which a run reports its events
"""
