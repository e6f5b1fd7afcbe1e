"""Sources: the rows of a language, readable from any position on.

In: options and a language. Out: chunks of rows, and the position behind them.
Members: open (source of each language), rows (interface of all sources), row_reader (rows in order, through faults),
hub, parquet, jsonl, files and folder (the sources), walk and languages_table (source files and their languages),
screen (which files are text), prefetch (byte ranges ahead of time), exact_file (reads of full length).
"""
