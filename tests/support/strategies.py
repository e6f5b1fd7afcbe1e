"""Texts for random tests: every script, white space of all kinds, contractions, emoji, combining marks.

Surrogates are left out because they are no scalar values. Code points that the interpreter's or the core's Unicode
tables lack are left out too: the tables may be of different versions, so that core and oracle would disagree on them.
"""
# ruff: noqa: RUF001, SIM905 - look-alike characters are wanted here, and word lists read best as text

import unicodedata

from hypothesis import strategies as st

from tokstats_parallel._native import UNICODE_VERSION

# Characters with the property White_Space, which the pattern's \s takes. `str.strip` takes the four separators, too.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
SEPARATORS = "\x1c\x1d\x1e\x1f"
LOOKS_WHITE = "\u180e\u200b\u2060\ufeff"  # without the property; in a text and at its ends they stay
CONTRACTIONS = "'s 't 're 've 'm 'll 'd 'S 'LL ' '' 'l 'r 'v 'tis don't I'LL we're ’s 'res s' \"'d\"".split()
WORDS = (
    "the a Straße ﬁn Ελλάδα привет שלום مرحبا नमस्ते สวัสดี 汉字 ひらがな カタカナ 한국어 ქართული ዐማርኛ "
    "𐍈𐌰𐌹 𝒜𝓁𝑔 ǅ ʰ 12 ½ ² Ⅷ ٣٤ १२ 𝟘𝟙 〇 return foo_bar(x); 0x1F // == <s> </s> aaaaaaaaaaaaaaaaaaaaaaaa "
    "internationalization 汉字汉字汉字汉字汉字"
).split()
EMOJI = "👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😀😀".split()
MARKS = ["e\u0301", "\u0301", "n\u0303o", "Z\u0351\u036b\u0343", "क्षि", "각", "ก็", "\u20dd", "ẛ̣"]


def version(dotted: str) -> list[int]:
    return [int(number) for number in dotted.split(".")]


# Category in the interpreter's Unicode tables, or in its tables of Unicode 3.2 if its own are newer than the core's.
IS_NEWER = version(unicodedata.unidata_version) > version(UNICODE_VERSION)
CATEGORY = unicodedata.ucd_3_2_0.category if IS_NEWER else unicodedata.category


def is_known(character: str) -> bool:
    """Returns whether a character is assigned both in the interpreter's Unicode tables and in the core's."""
    return CATEGORY(character) not in ("Cs", "Cn")


characters = st.characters(exclude_categories=["Cs", "Cn"]).filter(is_known)
blanks = st.text(WHITE_SPACE + SEPARATORS, min_size=1, max_size=6) | st.text(" \n\t", min_size=1, max_size=20)
fragments = st.one_of(
    blanks,
    st.sampled_from([*CONTRACTIONS, *WORDS, *EMOJI, *MARKS, *SEPARATORS, *LOOKS_WHITE, "\0", "\x7f", "\r\n"]),
    st.sampled_from([" " + word for word in WORDS]),
    characters,
)
texts = st.text(characters, max_size=30) | st.lists(fragments, max_size=15).map("".join)
