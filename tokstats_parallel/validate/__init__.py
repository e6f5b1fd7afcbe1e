"""Validate: checks that everything a run needs is there, and estimates its time, memory and sizes.

In: a config and the options of a run. Out: a list of checks, each fault with a remedy, and an estimate of the run.
Every check is a function that returns a `Check` and raises nothing for bad input, so that one call reports all faults.
No corpus is converted, and only a sample of a large file is read.

- request: config and options of the run to check
- run: makes all checks
- check: the outcome of a check
- setup: checks the program, the config and the reference tokenizer
- data: checks the corpora
- sample: reads a sample of a language's rows
- marked_words: measures the words that no token can be
- machine: checks disk, memory and workers
- measure: starts processes that time draws
- timed_draws: times draws in one of these processes
- token_growth: computes the number of tokens in more draws than were timed
- sample_result: writes a small result, to measure the size of its files
- estimate: computes the time and the sizes of the run
"""
