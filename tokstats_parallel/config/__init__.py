"""Config: the training's JSON file and the overrides become one validated `Job`.

In: a config file and overrides. Out: a `Job`, which everything below reads and nothing changes.

- request: the input
- load: request to job
- json_file: reads the JSON and the words of `--set`
- settings: checks every key
- languages: reads the key `langs`
- config_paths: finds files that the config names by relative paths
- tokenizer: loads the reference tokenizer
- job: the output
"""
