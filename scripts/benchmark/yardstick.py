"""Program: times the split alone by ByteLevel of Hugging Face `tokenizers`, in one thread, over a batch.

`python -m benchmark.yardstick TEXTS REPETITIONS` prints nanoseconds of processor time, and the number and digest of the
pretokens.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel

from benchmark.textfile import read_texts

SPLIT = ByteLevel(add_prefix_space=True, use_regex=True).pre_tokenize_str


def split_by_others(text: str) -> list[str]:
    """Returns the mapped pretokens of a text; ByteLevel puts a space in front of a text that begins without one."""
    return [pretoken for pretoken, _ in SPLIT(text)]


def main() -> None:
    """Times the split of a file's texts, and prints the times and the digest."""
    path, repetitions = sys.argv[1:]
    texts = list(read_texts(Path(path)))
    digest, count = hashlib.sha256(), 0
    for text in texts:
        # ByteLevel puts a space only in front of a text that has none; Algorithm 1 always does.
        for pretoken in split_by_others(f" {text}"):
            digest.update(f"{pretoken}\n".encode())
            count += 1
    nanoseconds = []
    for _ in range(int(repetitions)):
        begun = time.process_time_ns()
        for text in texts:
            SPLIT(text)
        nanoseconds.append(time.process_time_ns() - begun)
    print(json.dumps({"pretokens": count, "digest": digest.hexdigest(), "nanoseconds": nanoseconds}))


if __name__ == "__main__":
    main()
