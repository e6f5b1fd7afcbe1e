"""Simulate: computes how long a run takes by any number of workers, from its real plan and measured costs.

In: a config and numbers of workers. Out: a timetable for each number of workers. Nothing is run but a few draws, whose
times are measured on this machine; the shards, their order and their workers are the same as in the run.

- costs: the times and sizes of the parts of a run
- measured_costs: measures them on this machine, with the data of the run
- timetable: computes the phases of a run from its shards and the costs
"""
