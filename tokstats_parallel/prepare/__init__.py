"""Prepare: rows from the hub, from files or from source folders become `{lang}.parquet` with the column `text`.

In: options. Out: one Parquet file for each language and split, and a manifest from which a stopped run is resumed.

- run: prepares all languages
- options: the request
- resume: finds what an earlier run has finished
- sources: read the rows of a language
- collect_language: writes the rows of a language to parts
- writer: writes parts and Parquet files
- manifest: records the progress
- lock: allows one run at a time
- markers: cuts repository markers off rows
- download_retry: repeats requests after faults that pass
- error_messages: explains faults that do not
- report: shows progress and summary
- result: the outcome for a language
"""
