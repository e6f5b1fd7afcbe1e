"""Commands: turn the words of a command line into options, a call of the package, and an exit code.

In: the arguments of the process. Out: results on stdout, notices on stderr, an exit code.

- main: entry point; errors and signals become exit codes
- parser: the commands and their help
- options: flags of `collect` and `validate`
- collect, validate, prepare, cache: one command each
"""
