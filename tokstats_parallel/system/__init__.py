"""System: access to the operating system, and wording for messages.

In: paths, signals, limits. Out: atomic files, locks, numbers of workers. No module here knows jobs, corpora or results.

- atomic: replaces a file as a whole or not at all
- file_kinds: tells by its first bytes what a file is
- file_names: passes on names of files that are not UTF-8
- links: finds the target of a path that is a link
- temporary: makes temporary folders
- file_lock: locks a file for one process at a time
- claims: holds a name for one process at a time, among machines that share a folder
- process_identity: tells a process from processes of other machines and containers
- regular_file: refuses pipes, sockets and devices in the place of files
- import_path: keeps the folders of the caller out of the import path
- standard_streams: makes stdout and stderr streams that never fail
- working_folder: refuses to run where the working folder is gone
- signals: handles Ctrl-C and SIGTERM
- workers_and_memory: chooses the number of workers by CPUs and memory
- control_groups: reads the CPU and memory limits of Linux control groups
- threads: runs calls in threads, even if the system allows no more threads
- arrow_memory: chooses Arrow's memory allocator
- blas_threads: makes numpy start no threads
- digits: reads whole numbers of the user and of the environment
- clock: measures the seconds of a run's phases, and the time in which this process ran
- hub_environment: finds values of variables with which the hub's client cannot work
- near_names: finds the known names that a user may have meant
- hub_errors: classifies errors of the Hugging Face hub's client by class name
- fault_injection: kills a process at a named line, for tests
- wording: writes numbers, lists, sizes and durations for messages
"""
