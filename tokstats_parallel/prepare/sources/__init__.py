"""Sources: where `prepare` takes rows from; each gives batches of rows from a position onwards.

In: options and a language. Out: batches of rows with the position behind each.
Members: open (which source serves a language), rows (what a source is), hub, parquet, jsonl, files and folder (the
sources), walk and languages_table (source files and their languages), screen (which files are text), stream, prefetch
and exact_file (reading ahead, and exactly what was asked for).
"""
