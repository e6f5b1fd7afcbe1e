"""Slurm engine: executes the shards of a run by the tasks of a plan, which an array of Slurm runs on any nodes.

In: a setup and the shards. Out: the paths of the partials, as they appear in the work folder.

- engine: runs the tasks of a plan as arrays
- watch: submits the tasks that nobody runs, and looks for partials
- task_plan: takes the plan by which tasks are at work, or makes one
- options: options of the engine, and the file names that it adds to a work folder
- script: writes the batch script of an array
- elements: tells which tasks an element of an array runs
- commands: calls the commands of Slurm
- states: reads what these commands tell about the elements of an array
- record: keeps in the work folder which arrays were submitted
- arrays: submits arrays, finds them again, and knows which tasks they still run
- remaining: knows which draws of the run have no partial yet
- endings: tells in words how tasks have ended, and what to do
"""
