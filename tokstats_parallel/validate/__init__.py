"""`tokstats validate`: is everything there that a run needs, and what will it take?

Every check is a function that returns a `Check` and does not raise for bad input, so that one run names all that is
wrong. Nothing is converted and nothing of a large file is read but a sample (see `sample`).
"""
