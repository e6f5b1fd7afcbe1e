"""Prepare: rows from the hub, from files or from source folders become `{lang}.parquet` with the column `text`.

In: options. Out: one Parquet file for each language and split, and a manifest from which a stopped run goes on.
Members: run (all languages), options (the request), collect (one language), sources (where rows come from), stream of
parts: writer (files), manifest (progress), resume (where to go on), lock (one run at a time), markers (repository
markers), retry and hub_errors (a hub that fails), report and result (what users see).
"""
