"""Config: makes one validated `Job` of the training's JSON file and the command's options.

In: the path of a config file, and options that override its values. Out: a `Job`, which never changes.

- request: defines the input, a `JobRequest`
- load: makes the job of a request
- json_file: reads the JSON of a config and the words of `--set`
- settings: checks every key of a config
- languages: reads the languages and weights that the key `langs` names
- config_paths: finds files that the config names by relative paths
- tokenizer: finds the eos token and special tokens of the reference tokenizer
- pretrained: loads a tokenizer with `transformers`
- tokenizer_files: finds the flaw of a folder from which no tokenizer can be loaded
- job: defines the output, a `Job`
"""
