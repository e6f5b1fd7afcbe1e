"""Results: the saved shards become the JSON, the Parquet and the manifest.

In: partials. Out: three files, each whole or not there, read again before they get their names.
Members: merge (partials to frequencies), write (frequencies to files), parquet (the format of the table), verify (reads
the finished files again).
"""
