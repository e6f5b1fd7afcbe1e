"""Comparison: what differs between two results, or between the languages of one (SPEC 4, "Comparison").

In: one or two results. Out: a frozen object with numbers and lists. A side is the counts of one result or of one of its
languages. Both sides' tokens are aligned by their bytes; after that, everything is computed from the distinct pairs of
counts, of which there are much fewer than tokens.

- answer: compares two results or languages, with the settings that differ, as JSON and CSV
- language_matrix: compares all languages of a result, each with each
- typical_tokens: the tokens that are typical of a language, against all others
- chosen_sides, settings: reads the sides that a user names; finds what differs between their runs
- compare: makes the comparison of two sides
- side, batches, token_keys, alignment, count_pairs: counts of a side, and the tokens of both beside each other
- overlap, log_odds, significance, exact_test: the statistics
- lines, fragments: the tokens that are shown, one line for each word
"""
