"""The options that name the sampling, as `tokstats collect` has them."""

import argparse
from pathlib import Path


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """The options that name the sampling, as `tokstats collect` has them."""
    parser.add_argument("--config", type=Path, default=Path("configs/demo.json"), help="the config (the demo's)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for `tokstats collect`")
    parser.add_argument("--special-tokens", help="the same")
    parser.add_argument("--eos-token", help="the same")
    parser.add_argument("--cache-dir", type=Path, help="the same")


def config_words(options: argparse.Namespace) -> list[str]:
    """These options as words of a command line, the config left out."""
    words = [word for assignment in options.set for word in ("--set", assignment)]
    for name in ("special_tokens", "eos_token", "cache_dir"):
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words
