"""Display: the output of a run for the user, made with the library rich.

In: events of a run, and its result. Out: progress and notices on stderr, the summary on stdout.

- console: stdout and stderr
- notices: base of the progress displays
- progress: a live bar, or lines
- status: the numbers and sentences of the progress
- summary: the page at the end of a run
"""
