"""Results: merges the partials of a run and writes its result as a JSON, a Parquet and a manifest.

In: checked partials, and facts about the run. Out: three files, each whole or absent, and `Collected`. The files are
read again before they get their names.

- paths: derives the paths of the result's files and checks that they can be written
- own_files: knows the files of earlier results by their content
- text_file: checks the place of a file with a text, such as an answer or a page, and writes it
- merge_and_write: merges and writes in one call
- merge: sums the counts of the partials
- write: writes the merged counts to the three files
- parquet: writes the Parquet's row groups
- manifest: writes the manifest's keys and values
- verify: reads finished files again and adds up their counts
- collected: defines the facts and totals of a run as Python values
- token_stats: a written result for Python programs
- result_files: finds the files of a written result, and checks that they belong together
- drawn_values: knows the values that decide a run's draws, from its manifest or its Parquet
- result_table: reads the columns of a written result, and finds its tokens
- token_counts: maps tokens to counts, without a Python object for each
- top_tokens: finds the rows with the highest counts
"""
