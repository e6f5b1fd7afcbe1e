"""Tasks: divides a run into tasks, which processes on any machines run in one shared work folder.

In: the missing shards of a job. Out: the plan file, by which each task knows what to run, and claims, by which a task
is run by one process at a time.

- stretches: cuts the missing draws of a run into one stretch for each task
- plan_file: writes and reads the plan of all tasks
- task_number: finds out which task a process runs
- new_plan: puts a plan into a work folder, unless tasks are at work there
- claims: holds a task, so that no other process runs it
- claim_status: tells who holds the tasks of a folder, and whether they live
- plan_status: describes how far the tasks are
- task_list: writes numbers of tasks as schedulers take them
"""
