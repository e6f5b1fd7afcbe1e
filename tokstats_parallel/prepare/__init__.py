"""Prepare: makes corpora, `{lang}.parquet` with the column `text`, from the hub, from files or from source folders.

In: options. Out: one Parquet file for each language and split (training or validation), and a manifest for each
language, so that a stopped run can be resumed. A part is a file of finished rows in the working folder of a language.

- run: prepares all languages
- options: languages, source and folders of one call
- resume: finds the languages that earlier runs have begun or finished
- sources: the readers of the rows of a language
- collect_language: writes the rows of a language into parts
- writer: writes parts and Parquet files
- own_file: knows the final files that `prepare` has made
- manifest: records the progress of a language
- lock: allows one run at a time for a language
- markers: cuts repository markers (`<reponame>` and others) off rows
- download_retry: repeats downloads after temporary faults
- error_messages: explains lasting faults to the user
- report: shows the progress and the summary
- result: numbers of rows of a finished language
"""
