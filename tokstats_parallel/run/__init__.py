"""Run: conducts a job from its plan to the written result.

In: a `Job`, an engine, the paths of the output, an observer. Out: the files of the result.

- collect_config: runs the job of a config by an engine
- make_engine: makes the engine of a run
- batch_script: writes the batch script of a run by Slurm
- coordinator: conducts the steps of a run
- corpora: finds, converts and opens the corpora
- passes: estimates how many times a run goes through each corpus
- folder_lock: lets one run at a time have a folder
- work_folder: makes, locks and removes the folder of finished shards
- saved_shards: finds, checks and chooses the shards that earlier runs have saved
- job_file: describes the job of the saved shards
- checked_partials: lists the partials of a folder, and checks them against the run
- run_facts: states the facts about a run that its result tells
- size_check: compares the counts of every shard with the sizes of its vocabularies
- plan_tasks: makes the plan of tasks that run on other machines
- work_task: runs one task of a plan on this machine
- task_shards: finds the partials of each task
- task_status: reads how far the tasks are
- merge_tasks: writes the result of finished tasks
"""
