"""Display: shows the progress and the result of a run to the user, by the library rich.

In: events of a run, and its result. Out: progress and notices on stderr, the summary on stdout.

- console: writes to stdout and stderr
- notices: base class of the progress displays
- progress: shows a live bar or lines
- status: puts the progress of a run into numbers and sentences
- summary: makes the summary of a run, as `--json` prints it
- summary_text: prints the summary for a reader
- coverage_text: prints the coverage of tokenizers for a reader
- comparison_text: prints a comparison of two results or languages, and the matrix of languages
- top_text, show_text, distribution_text: print an answer each
- plan_text, task_status_text: print a plan of tasks, and how far the tasks are
- kubernetes_manifest: writes the indexed job that runs the tasks of a plan
- token_lines: tables of tokens and numbers for them
"""
