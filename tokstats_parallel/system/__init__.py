"""System: access to the operating system, and wording for messages.

In: paths, signals, limits. Out: atomic files, locks, worker counts. It knows nothing of jobs, corpora or results.

- atomic: replaces a file whole
- file_lock: allows one holder at a time
- signals: handles Ctrl-C and SIGTERM
- workers_and_memory: chooses the number of workers by CPUs and memory
- control_groups: reads the limits of control groups
- threads: runs calls in threads, which the system may refuse
- arrow_memory: chooses Arrow's allocator
- clock: measures seconds by phase
- hub_errors: knows errors of the hub's client by class name
- fault_injection: plants faults for tests
- wording: writes numbers and lists in messages
"""
