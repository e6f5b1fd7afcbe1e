"""Corpora: the rows of a language, from files of several formats to one memory-mapped column with random access.

In: a training folder and a language. Out: a `Corpus`, and a handle that opens it in any process.
Members: sources (which files), readers (Parquet and Arrow), conversion (rows to one column), cachefile (the format of
a converted corpus), cache (the folder of converted corpora), corpus (the opened rows), file_identity (has a file
changed).
"""
