"""Display: everything that prints with rich.

In: events of a run, totals. Out: lines on stderr, the summary on stdout.
Members: console (stdout and stderr), notices (base of what shows progress), progress (bar or lines of a run), status
(numbers and sentences of the progress), summary (the page at the end of a run).
"""
