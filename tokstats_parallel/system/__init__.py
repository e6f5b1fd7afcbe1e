"""System: what the package asks of the operating system, and words for messages.

In: paths, signals, limits. Out: atomic files, locks, worker counts. Knows nothing of jobs, corpora or results.
Members: atomic (replace a file whole), file_lock (one holder at a time), signals (Ctrl-C and SIGTERM), resources (CPUs
and memory), threads (threads that may be refused), arrow_memory (Arrow's allocator), hub_errors (errors of the hub's
client by class name), fault_injection (planted faults for tests), wording (numbers and lists in messages).
"""
