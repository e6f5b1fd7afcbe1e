"""Batch tokenizer: the tokenizer of a single batch, as the training builds it (SPEC 2, "A batch's tokenizer").

In: the request for a job, and numbers of batches. Out: tokenizers, and folders that `AutoTokenizer` loads. No run is
needed: only the pools of these batches are filled.

- series: draws the vocabularies of some batches of a job
- tokenizer: one batch with its pieces, scores and texts, as a tokenizer of the library `tokenizers`
- same_run: checks that batches are of the run of a result
- recipe: what all tokenizers of a job have in common, most of it from the reference tokenizer
- special_tokens: puts special tokens at their ids
- post_processor: gives a post-processor the ids of a batch's special tokens
- folder: writes tokenizers to folders
- text_statistics: bytes a token and unknown tokens of a batch's texts, by language
"""
