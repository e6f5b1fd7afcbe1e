"""Results: the partials of a run become a JSON, a Parquet and a manifest.

In: checked partials, and facts about the run. Out: three files, each whole or absent, and `Collected`. The files are
read again before they get their names.

- paths: the files' paths, and checks of them
- merge_and_write: both steps in one call
- merge: partials to frequencies
- write: frequencies to files
- parquet: the Parquet's columns and format
- manifest: the manifest's keys
- verify: reads finished files again
- collected: the result as values
"""
