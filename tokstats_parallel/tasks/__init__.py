"""Tasks: divides a run into tasks that run on other machines, and knows who runs them.

In: a job, and a work folder on a disk that the machines share. Out: tasks, each held by one process at a time.

- claims: holds a task, so that no other process runs it
- claim_status: tells who holds the tasks of a folder, and whether they live
"""
