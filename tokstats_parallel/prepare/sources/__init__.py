"""Sources: read the rows of a language from any position on.

In: options and a language. Out: chunks (consecutive rows), and the position behind each chunk. A source is a list of
files; a block is a part of a file that can be read without the rest, such as a row group of Parquet.

- open: chooses and opens the source of each language
- rows: the interface of all sources
- row_reader: reads rows one after the other, and repeats reads after temporary faults
- hub, parquet, jsonl, files, folder: the kinds of sources
- text_column: chooses the text column of a Parquet file, and converts it to rows
- json_line: takes the text out of a line of a JSON lines file
- decompress: decompresses files while they are read
- left_out: counts the files and folders that the list leaves out
- list_files: lists the source files of a folder
- screen_files: leaves out files that are not source text
- prefetch: fetches byte ranges before they are needed
- exact_file: raises an error if a file gives fewer bytes than asked for
"""
