"""Commands: turn the words of a command line into options, a call of the package, and an exit code.

In: the arguments of the process. Out: results on stdout, notices on stderr, an exit code.
Members: main (entry point), app (commands and help), options (flags of `collect` and `validate`), and one module for
each command: collect, validate, prepare, cache.
"""
