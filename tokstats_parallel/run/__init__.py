"""Run: conducts a job from its plan to the written result.

In: a `Job`, an engine, output paths, an observer. Out: the result's files.
Members: local (runs a config on this machine), coordinator (the steps of a run), corpora (opens the corpora),
work_folder (makes, locks and removes the folder of finished shards), saved_shards (shards that earlier runs have
saved), job_file (the job of the saved shards), size_check (checks the counts of every shard).
"""
