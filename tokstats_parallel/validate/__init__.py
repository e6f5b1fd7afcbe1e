"""Validate: checks that everything a run needs is there, and estimates its time, memory and sizes.

In: a config and the options of a run. Out: a list of checks, each with its remedy, and an estimate.
Every check is a function that returns a `Check` and does not raise for bad input, so that one call reports all faults.
Nothing is converted, and of a large file only a sample is read.
Members: request (input), run (all checks), check (one answer), setup (program, config, tokenizer), data (corpora),
sample (rows of a corpus), machine (disk, memory, workers), measure and timed_draws (real draws in a process),
sample_result (files of a small result), estimate (time and size of the run).
"""
