"""Answers: what the counts of a result say, as data; nothing is drawn anew, and nothing is printed.

In: a result, and a question about it. Out: frozen objects with the numbers, for `display`, JSON and CSV.

- impossible: tells why no vocabulary of any run can hold a token by a draw
- character_classes: classes of the sampler's split, of characters and of parts of their UTF-8
- pieces: reads the pieces of an existing tokenizer, and brings them to bytes
"""
