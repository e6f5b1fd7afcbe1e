"""Pieces of a given tokenizer, an existing one that a user compares with a result, brought to bytes.

In: the name of a file, a folder, or a tokenizer on the hub. Out: ids, pieces as written, and their bytes.

- find: finds a tokenizer by its name, knows the format of a file, and names what is wrong with it
- json_files, sentencepiece, base64_tokens: one group of formats each
- readings: the ways in which pieces, which are strings, stand for bytes
- special_names: lists the special tokens that the smaller files of a folder name
"""
