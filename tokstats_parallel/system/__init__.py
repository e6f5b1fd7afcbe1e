"""System: access to the operating system, and wording for messages.

In: paths, signals, limits. Out: atomic files, locks, worker counts. It knows nothing of jobs, corpora or results.
Members: atomic (replaces a file whole), file_lock (one holder at a time), signals (Ctrl-C and SIGTERM), resources
(CPUs, memory, open files), control_groups (their limits), threads (background calls), arrow_memory (Arrow's allocator),
clock (seconds by phase), hub_errors (errors of the hub's client by class name), fault_injection (planted faults for
tests), wording (numbers and lists in messages).
"""
