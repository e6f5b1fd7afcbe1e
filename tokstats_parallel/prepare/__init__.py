"""Prepare: rows from the hub, from files or from source folders become `{lang}.parquet` with the column `text`.

In: options. Out: one Parquet file for each language and split, and a manifest from which a stopped run is resumed.
Members: run (all languages), options (the request), resume (earlier work), sources (rows of a language), collect
(rows to parts), writer (parts, Parquet files), manifest (progress), lock (one run at a time), markers (repository
markers), retry (faults that pass), error_messages (faults that do not), report (display), result (of a language).
"""
