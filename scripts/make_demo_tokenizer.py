"""Makes the demo's reference tokenizer: a byte-level BPE of 768 pieces, trained on the text below.

Sampling takes the eos token and the special tokens from a reference tokenizer. This one is small, and loads without a
network by `AutoTokenizer.from_pretrained(folder)`. The same text always gives the same files. Most of the lines are the
text.

Usage: python scripts/make_demo_tokenizer.py [FOLDER]
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = Path(__file__).resolve().parent.parent / "tokstats_parallel" / "assets" / "demo-tokenizer"
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>"]
PIECES = 768

PROSE = """
A tokenizer cuts a text into pieces and gives every piece a number. Which pieces there are is decided
before any model is trained, and it stays as it is from then on: the model learns one vector for each
piece, and a text that falls into many short pieces costs more than a text that falls into a few long
ones. A tokenizer that was made for English prose cuts source code badly, and one that was made for source
code cuts a poem badly.

There is another way. Draw a new vocabulary for every batch of the training, so that the model never gets
used to a single one. To draw a vocabulary, take a pool of texts, cut each of them into words, and count
the substrings of the words. A substring that is frequent and long has a high score. Add a little noise to
every score, so that no two draws are the same, and keep the substrings with the highest scores until the
vocabulary has the size that was asked for.

The noise is what makes the draws differ. Without it the same pool gives the same vocabulary each time;
with too much of it the vocabulary is a handful of random strings. The level of the noise is itself drawn
for each batch, and so is the size of the vocabulary. The languages take turns by their weights: a
language with twice the weight of another is drawn twice as often. The result is a table, with the number
of batches whose vocabulary held the token, for each token and for each language. The tokens that are in
every vocabulary are the bytes, the white space and the special tokens.

Read the table from the top. First come the pieces that no draw can leave out, then the common words of
the languages, such as the names of types and the words that begin a loop, a condition, a function or a
return, each with the space before it. Further down are the endings of words, the middles of long names,
and the runs of punctuation that close a call or open a block. At the bottom are the tokens that were
drawn once, by chance, in a single batch of the run.

# How to read this page

## Before you start

- Make sure that the folder with the data exists, and that there is one file for each language in it.
- Choose the number of batches. A thousand show the common tokens; ten thousand show the rare ones as well.
- Write down the seed. The same seed, data and settings give the same result, on any machine.

## When something is missing

1. If a file is not found, look at the path in the message: it is the path that was tried.
2. If a setting is not known, look at its spelling: the message names the setting that is most like it.
3. If the result is empty, there was nothing to count; check that sampling is on.

| column | type | meaning |
|--------|------|---------|
| `token` | string | the token, with each of its bytes as one printable character |
| `count` | integer | the number of batches whose vocabulary held the token |
| `share` | number | the same, divided by the number of batches |
"""

PYTHON = '''
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Shelf:
    """A row of books, in the order in which they stand."""

    name: str
    books: tuple[Book, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.books)

    def __getitem__(self, index: int) -> Book:
        if not 0 <= index < len(self.books):
            raise IndexError(f"shelf {self.name!r} has {len(self.books)} books, there is no book {index}")
        return self.books[index]

    def titles(self) -> list[str]:
        return [book.title for book in self.books if book.title is not None]


def count_words(lines: Iterable[str], *, minimum: int = 1) -> dict[str, int]:
    """Count the words of the lines; words that are rarer than `minimum` are left out."""
    counts: Counter[str] = Counter()
    for number, line in enumerate(lines, start=1):
        try:
            counts.update(line.strip().lower().split())
        except UnicodeDecodeError as error:
            raise ValueError(f"line {number}: not a text: {error}") from error
    return {word: count for word, count in counts.items() if count >= minimum}


def read_settings(path: Path, defaults: Mapping[str, object] | None = None) -> dict[str, object]:
    with path.open(encoding="utf-8") as file:
        settings = json.load(file)
    if not isinstance(settings, dict):
        raise TypeError(f"{path}: expected an object, found {type(settings).__name__}")
    return {**(defaults or {}), **settings}


def windows(values: Sequence[float], size: int) -> Iterator[Sequence[float]]:
    for start in range(0, len(values) - size + 1):
        yield values[start : start + size]


def main(arguments: list[str]) -> int:
    for argument in arguments:
        path = Path(argument)
        if not path.exists():
            print(f"{path}: no such file")
            return 1
        words = count_words(path.read_text(encoding="utf-8").splitlines(), minimum=2)
        for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0]))[:20]:
            print(f"{count:8d}  {word}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main([]))
'''

CPP = """
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace harbour {

// A ring of fixed size: the newest value takes the place of the oldest one.
template <typename T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : values_(capacity), first_(0), size_(0) {
    if (capacity == 0) {
      throw std::invalid_argument("the capacity must not be zero");
    }
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return values_.size(); }

  const T& operator[](std::size_t index) const { return values_[(first_ + index) % values_.size()]; }

  void push(T value) {
    if (size_ == values_.size()) {
      values_[first_] = std::move(value);
      first_ = (first_ + 1) % values_.size();
      return;
    }
    values_[(first_ + size_) % values_.size()] = std::move(value);
    ++size_;
  }

  std::optional<T> pop() {
    if (empty()) {
      return std::nullopt;
    }
    T value = std::move(values_[first_]);
    first_ = (first_ + 1) % values_.size();
    --size_;
    return value;
  }

 private:
  std::vector<T> values_;
  std::size_t first_;
  std::size_t size_;
};

struct Ship {
  std::string name;
  std::uint64_t tonnage = 0;
  std::unique_ptr<Ship> tender;
};

inline std::uint64_t total_tonnage(const std::vector<Ship>& ships) {
  std::uint64_t total = 0;
  for (const auto& ship : ships) {
    total += ship.tonnage;
    if (ship.tender != nullptr) {
      total += ship.tender->tonnage;
    }
  }
  return total;
}

static int compare(const void* left, const void* right) {
  const int a = *static_cast<const int*>(left);
  const int b = *static_cast<const int*>(right);
  switch ((a > b) - (a < b)) {
    case 1:
      return 1;
    case -1:
      return -1;
    default:
      return 0;
  }
}

#define HARBOUR_CHECK(condition) \\
  do {                            \\
    if (!(condition)) {           \\
      return false;               \\
    }                             \\
  } while (0)

}  // namespace harbour
"""


def train() -> Tokenizer:
    """Trains the demo's tokenizer on the prose and code of this file."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106 - a token of a text, not a secret
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES,
        min_frequency=2,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([PROSE, PYTHON, CPP], trainer)
    return tokenizer


def write(tokenizer: Tokenizer, folder: Path) -> None:
    """Writes a tokenizer into a folder, as the two files that `AutoTokenizer` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    unk, bos, eos = SPECIAL_TOKENS
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": unk,
        "bos_token": bos,
        "eos_token": eos,
        "clean_up_tokenization_spaces": False,
    }
    tokenizer.save(str(folder / "tokenizer.json"), pretty=True)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Trains the demo's tokenizer and writes it to the given folder, or into the package; returns the exit code."""
    folder = Path(arguments[0]) if arguments else FOLDER
    tokenizer = train()
    write(tokenizer, folder)
    print(f"{folder}: {tokenizer.get_vocab_size()} pieces")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
