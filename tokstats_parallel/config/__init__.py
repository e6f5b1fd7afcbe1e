"""Config: makes one validated `Job` of the training's JSON file and the command's options.

In: the path of a config file, and options that override its values. Out: a `Job`, which never changes.

- request: defines the input, a `JobRequest`
- load: makes the job of a request
- check: checks the values of a config, and names all bad ones
- json_file: reads the JSON of a config and the words of `--set`
- known_keys: knows the keys of the training, and what a misspelt one means
- settings: checks every key of a config
- problems: describes the keys whose values are bad
- languages: reads the languages and weights that the key `langs` names
- weights: weighs the languages that are named without weights
- language_counts: reads the table of pages by which they are weighed
- config_paths: finds files that the config names by relative paths
- tokenizer: finds the eos token and special tokens of the reference tokenizer
- pretrained: loads a tokenizer with `transformers`
- tokenizer_files: finds the flaw of a folder from which no tokenizer can be loaded
- job: defines the output, a `Job`
"""
