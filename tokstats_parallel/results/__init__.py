"""Results: the partials of a run become a JSON, a Parquet and a manifest.

In: checked partials, and facts about the run. Out: three files, each whole or absent, and `Collected`. The files are
read again before they get their names.
Members: paths (the files' paths and checks), finish (merge, then write), merge (partials to frequencies), write
(frequencies to files), parquet (the Parquet's format), manifest (the manifest's format), verify (reads finished files
again), collected (the result as values).
"""
