"""Corpora: the rows of a language, from files of several formats, as one column with random access.

In: a training folder and a language. Out: a `Corpus`, and a handle that opens the same corpus in another process.

- language_files: finds the files of a language
- folder_files: chooses the files of a folder that hold training rows
- saved_dataset: lists the files of a saved dataset
- missing_data: says what lies in the place of a language's data
- languages_table: finds a file's language by the file's name
- text_column: checks the column of a file that holds the rows
- readers: reads chunks of rows from Parquet and Arrow files
- arrow_text: takes the buffers out of Arrow's string arrays
- conversion: checks rows and gathers them in blocks
- cache_layout: computes the locations of blocks in a cache file
- cache_file: writes and opens a cache file
- conversion_claim: lets one process of all machines convert a source
- cache: manages the folder of cache files
- corpus: opens a language's rows and reads them by index
- handle: describes a corpus for another process
- file_identity: detects changed files
"""
