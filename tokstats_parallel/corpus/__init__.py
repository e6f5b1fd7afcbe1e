"""Corpora: the rows of a language, from files of several formats, as one column with random access.

In: a training folder and a language. Out: a `Corpus`, and a handle that opens it in any process.

- language_files: finds the files of a language
- readers: read Parquet and Arrow files
- arrow_text: converts Arrow's kinds of string arrays to one
- conversion: checks rows and gathers them in blocks
- cache_layout: where a cache file has its buffers
- cache_file: writes and opens a cache file
- cache: manages the folder of cache files
- corpus: the opened rows
- file_identity: detects changed files
"""
