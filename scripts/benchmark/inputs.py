"""Program: converts a config's corpora, and writes the inputs of the other cases.

It prints the locations as JSON: for each language, a file with the texts of a stream batch, and the arguments that name
its stream to `native/examples/stages.rs`; files of made-up texts in other scripts; and the file of the job.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmark.options import add_config_options
from benchmark.prepared import Prepared
from benchmark.textfile import write_texts
from benchmark.wide import wide_texts
from tokstats_parallel._native import Stream
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.corpus.cache_file import read_seal
from tokstats_parallel.corpus.corpus import Corpus, open_corpus


def main() -> None:
    """Writes the inputs into a folder, and prints their locations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    add_config_options(parser)
    options = parser.parse_args()
    folder: Path = options.folder
    job = load_job(
        JobRequest(
            config=options.config,
            assignments=tuple(options.set),
            special_tokens=options.special_tokens,
            eos_token=options.eos_token,
        ),
        notify=lambda _line: None,
    )
    names = [language.name for language in job.languages]
    corpora = {name: open_corpus(job.train_directory, name, cache_dir=options.cache_dir) for name in names}
    handles = {name: corpus.handle for name, corpus in corpora.items()}
    Prepared(job, handles).write(folder / "job")
    languages = {name: _language(folder, job, corpus) for name, corpus in corpora.items()}
    wide = {name: str(write_texts(folder / f"{name}.wide", texts)) for name, texts in wide_texts().items()}
    print(json.dumps({"job": str(folder / "job"), "languages": languages, "wide": wide}))


def _language(folder: Path, job: Job, corpus: Corpus) -> dict[str, Any]:
    rule, count = job.texts, job.pool_size.batch_texts
    stream = Stream(corpus.column, seed=job.seed, language=corpus.name, pool=0, texts=rule)
    texts = write_texts(folder / f"{corpus.name}.texts", stream.texts(count, count))
    layouts = folder / f"{corpus.name}.layouts"
    numbers = [number for block in read_seal(corpus.handle.path).blocks for number in block]
    layouts.write_bytes(b"".join(number.to_bytes(8, "little") for number in numbers))
    flags = [str(flag).lower() for flag in (rule.pack, rule.crop)]
    stream_words = [str(corpus.handle.path), str(layouts), corpus.name, str(job.seed), str(rule.span), *flags, rule.eos]
    return {"texts": str(texts), "stream": stream_words}


if __name__ == "__main__":
    main()
