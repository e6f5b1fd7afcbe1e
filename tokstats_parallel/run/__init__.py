"""Run: conducts a job from its plan to the written result.

In: a `Job`, output paths, an engine. Out: the result's files.
Members: coordinator (the steps of a run), work_folder (saved shards, locks, resuming), job_file (the job of the saved
shards).
"""
