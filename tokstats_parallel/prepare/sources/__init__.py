"""Sources: the rows of a language, readable from any position on.

In: options and a language. Out: chunks of rows, and the position behind each chunk.

- open: chooses and opens the source of each language
- rows: the interface of all sources
- row_reader: reads rows in order, through faults that pass
- hub, parquet, jsonl, files, folder: the sources
- list_files: lists the source files of a folder
- languages_table: tells a file's language by its name
- screen_files: refuses files that are not text
- prefetch: reads byte ranges ahead of time
- exact_file: refuses reads that come up short
"""
