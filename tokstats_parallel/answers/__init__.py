"""Answers: what the counts of a result say, as data; nothing is drawn anew, and nothing is printed.

In: a result, and a question about it. Out: frozen objects with the numbers, for `display`, JSON and CSV.

- counted: reads the columns of a result as arrays
- top: the most frequent tokens
- show, shown_token: single tokens, with their neighbours and the reasons for counts of zero
- typed_token: the bytes that a user may mean by a word
- token_rows: finds the rows of single tokens
- unseen: the inclusion probability that a token may have though it was not seen
- distribution: how many tokens are in how many batches, by class, length, kind and language
- count_histogram: how many sampled tokens have each count, with their classes
- groups: tokens that have something in common, and the part of a vocabulary that they fill
- sampled_counts: the counts of all sampled tokens, in all batches and by language
- richness: how many tokens are unseen
- growth: how many different tokens a number of batches holds
- inclusion_groups: inclusion probabilities by length and by kind
- language_gain: what each language adds
- chosen_tokens: some tokens of all, frequent, typical and other ones
- impossible: tells why no vocabulary of any run can hold a token by a draw
- character_classes: classes of the sampler's split, of characters and of parts of their UTF-8
- coverage: inclusion probabilities of the pieces of an existing tokenizer, and reasons for those never sampled
- pieces_in_result: counts the pieces of tokenizers in a result
- combining_marks: counts the pieces in which a letter and a mark are joined, by script
- comparison: what differs between two results, or between the languages of one
- pieces: reads the pieces of an existing tokenizer, and brings them to bytes
"""
