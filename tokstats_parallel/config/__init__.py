"""Config: the training's JSON file and the overrides become one validated `Job`.

In: a config file and overrides. Out: a `Job`, which everything below reads and nothing changes.
Members: request (input), load (request to job), file (JSON and `--set`), settings (checked keys), languages (key
`langs`), config_paths (relative paths), tokenizer (reference tokenizer), job (output).
"""
