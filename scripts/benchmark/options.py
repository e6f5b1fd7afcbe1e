"""Options of a benchmark that name the sampling, as `tokstats collect` has them."""

import argparse
from pathlib import Path


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `tokstats collect` that name the sampling to a parser."""
    parser.add_argument("--config", type=Path, default=Path("configs/demo.json"), help="config (default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for `tokstats collect`")
    parser.add_argument("--special-tokens", help="as for `tokstats collect`")
    parser.add_argument("--eos-token", help="as for `tokstats collect`")
    parser.add_argument("--cache-dir", type=Path, help="as for `tokstats collect`")


def config_words(options: argparse.Namespace) -> list[str]:
    """Returns the options that name the sampling as words of a command line, without the config."""
    words = [word for assignment in options.set for word in ("--set", assignment)]
    for name in ("special_tokens", "eos_token", "cache_dir"):
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words
