"""Commands: read the words of a command line, call the package, and return an exit code.

In: the arguments of the process. Out: results on stdout, notices on stderr, an exit code.

- main: entry point; turns errors and signals into exit codes
- parser: parses the command line, and shows the help
- parameters: how the parser reads and shows options
- options: options of `collect`, `validate`, `simulate` and `vocabulary`
- engine_options: options that choose the engine of a run
- slurm_tasks: what becomes of the tasks of Slurm after an interrupt
- answer_options, answer_output: options and output of all commands that answer a question about a result
- report_options: options of `report`
- run_end: the page and the summary of a run whose result is written
- collect, validate, simulate, vocabulary, prepare, cache: one command each
- top, show, distribution, compare, coverage, report: one command each, about a result
"""
