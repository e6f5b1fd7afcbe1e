"""Comparison: what differs between two results, or between the languages of one (SPEC 4, "Comparison").

`compare` makes the comparison of two sides, and `language_matrix` the distances between all languages. A side is the
counts of one result or of one of its languages. Both sides' tokens are aligned by their bytes; after that, everything
is computed from the distinct pairs of counts, of which there are much fewer than tokens.
"""
