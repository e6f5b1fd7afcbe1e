"""Config: the training's JSON file and the overrides become one validated `Job`.

In: the path of a config file, overrides. Out: a `Job`, which everything below reads and nothing changes.
Members: load (file to job), file (JSON and `--set`), settings (the checked keys), languages (the `langs` file),
config_paths (where relative names lead), tokenizer (the reference tokenizer), job (the result).
"""
