"""Validate: checks that everything a run needs is there, and estimates its time, memory and sizes.

In: a config and the options of a run. Out: a list of checks, each with its remedy, and an estimate.
Every check is a function that returns a `Check` and does not raise for bad input, so that one call reports all faults.
Nothing is converted, and of a large file only a sample is read.

- request: the input
- run: makes all checks
- check: the answer of a check
- setup: checks program, config and tokenizer
- data: checks corpora
- sample: reads a sample of a corpus
- machine: checks disk, memory and workers
- measure, timed_draws: time real draws in a process
- sample_result: writes a small result to measure its files
- estimate: computes time and size of the run
"""
