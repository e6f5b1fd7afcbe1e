"""Program: converts a config's corpora, and writes what the other cases read.

It prints what is where as JSON: for each language a file of texts, one stream batch, and the words that name its stream
to `native/examples/stages.rs`; made-up texts of other scripts; and the job.
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
    """Does it."""
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
    places = folder / f"{corpus.name}.places"
    numbers = [number for block in read_seal(corpus.handle.path).blocks for number in block]
    places.write_bytes(b"".join(number.to_bytes(8, "little") for number in numbers))
    flags = [str(flag).lower() for flag in (rule.pack, rule.crop)]
    drawn = [str(corpus.handle.path), str(places), corpus.name, str(job.seed), str(rule.span), *flags, rule.eos]
    return {"texts": str(texts), "stream": drawn}


if __name__ == "__main__":
    main()
