"""Answers: what the counts of a result say, as data; nothing is drawn anew, and nothing is printed.

In: a result, and a question about it. Out: frozen objects with the numbers, for `display`, JSON and CSV.

- impossible: tells why no vocabulary of any run can hold a token by a draw
- character_classes: classes of the sampler's split, of characters and of parts of their UTF-8
- coverage: inclusion probabilities of the pieces of an existing tokenizer, and reasons for those never sampled
- pieces_in_result: counts the pieces of tokenizers in a result
- combining_marks: counts the pieces in which a letter and a mark are joined, by script
- pieces: reads the pieces of an existing tokenizer, and brings them to bytes
"""
