"""Prints the share of words with combining marks in the translations of a program, by language.

No sampled token can be such a word (docs/SPEC.md, "Deliberate differences"). The figures there and in README.md are of
the messages of Django 5.2.8:

    pip download --no-deps django==5.2.8 && unzip -q django-5.2.8-*.whl
    python3 scripts/marked_words.py hi bn ta te th --catalogs django
"""

import argparse
import gettext
from collections.abc import Iterator
from pathlib import Path

from tokstats_parallel.validate.marked_words import count_marked_words


def messages(catalogs: Path, language: str) -> Iterator[str]:
    """Yields the translated messages of a language in all compiled catalogs below a folder, sorted by their paths."""
    for path in sorted(catalogs.rglob(f"locale/{language}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            catalog: dict[str, str] = vars(gettext.GNUTranslations(file))["_catalog"]
        yield from (translation for message, translation in catalog.items() if message)  # "" has the file's header


def main() -> None:
    """Prints a line for each language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="+", help="languages, named as the folders of the catalogs")
    parser.add_argument("--catalogs", type=Path, required=True, help="folder with folders locale/LANGUAGE/LC_MESSAGES")
    options = parser.parse_args()
    for language in options.languages:
        words = count_marked_words(messages(options.catalogs, language))
        print(f"{language}: {words.share:.1%} of {words.pretokens:,} pretokens hold a letter and a mark")


if __name__ == "__main__":
    main()
