"""Sections: each section of a page, made from results.

In: a result with its numbers, or two. Out: a section; None where the result cannot tell.

- summary: sentences that say in half a minute what a run found
- five_numbers: certain, stable, rare, seen once, unseen; and the share of a vocabulary that each class fills
- rank_frequency: how often the tokens of each rank were sampled
- inclusion: inclusion probability by length and by kind
- growth: different tokens in a number of batches
- languages: what each language adds, and how alike the languages are
- typical: the tokens that are typical of each language
- tokens: the table of tokens
- run: which run made the result, and how to repeat it
- comparison: what differs between two results
- coverage: how a run covers the pieces of given tokenizers
"""
