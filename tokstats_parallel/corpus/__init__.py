"""Corpora: the rows of a language, from files of several formats, as one column with random access.

In: a training folder and a language. Out: a `Corpus`, and a handle that opens it in any process.
Members: sources (the files of a language), readers (Parquet and Arrow files), arrow_text (string arrays), conversion
(rows to checked blocks), cache_layout (where a cache file has its buffers), cachefile (writing and opening a cache
file), cache (the folder of cache files), corpus (the opened rows), file_identity (detects changed files).
"""
