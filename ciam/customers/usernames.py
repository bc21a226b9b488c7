"""User names: letters, digits and three signs; one name for all that look the same.

A name never holds `@` and always a letter, so that it is neither an address nor a phone number.
Its letters are Latin or Japanese: letters of other scripts look like these (UTS #39 §4), and a
Cyrillic `а` in a name would be another name to the server and the same one to people. Katakana that
look like kanji or hiragana (ロ and 口, へ and ヘ) are compared as one.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from ciam.errors import FormRefused
from ciam.texts import Text

_FORM: Final = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
_LENGTH: Final = range(3, 65)
_JAPANESE: Final = ("HIRAGANA", "KATAKANA", "CJK UNIFIED", "IDEOGRAPHIC ITERATION")
_LATIN_BEYOND_ASCII: Final = frozenset("æøœðþđłß")
_SAME_LOOKS: Final = str.maketrans("カエニハロタトヘベペーチミオ", "力工二八口夕卜へべぺ一千三才")


@dataclass(frozen=True, slots=True)
class UserName:
    """A name in both forms; `address` is as it was typed, `lookup` what is compared."""

    address: str = field(repr=False)
    lookup: str = field(repr=False)


def parse_username(text: str) -> UserName:
    """Read a user name; raise FormRefused for what is none."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if len(typed) not in _LENGTH or not _FORM.fullmatch(typed):
        raise _refused(
            Text("Use 3 to 64 letters and digits; dots, hyphens and underscores between them.")
        )
    if not any(sign.isalpha() for sign in typed):
        raise _refused(Text("Use at least one letter: digits alone look like a phone number."))
    if not all(_is_usual(sign) for sign in typed):
        raise _refused(Text("Use Latin or Japanese letters: others look too much like them."))
    return UserName(typed, fold_username(typed))


def fold_username(text: str) -> str:
    """Give the lookup form of a name; never refuses."""
    return fold(text).translate(_SAME_LOOKS)


def fold(text: str) -> str:
    """Fold case so that folding again changes nothing (Unicode §3.13, D147)."""
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def _is_usual(sign: str) -> bool:
    if sign.isascii():
        return True
    if unicodedata.name(sign, "").startswith(_JAPANESE):
        return True
    return sign.lower() in _LATIN_BEYOND_ASCII or _is_marked_latin(sign)


def _is_marked_latin(sign: str) -> bool:
    """Tell whether it is a letter from a to z with marks."""
    apart = unicodedata.normalize("NFD", sign)
    base, marks = apart[0], apart[1:]
    return base.isascii() and base.isalpha() and all(unicodedata.combining(one) for one in marks)


def _refused(text: Text) -> FormRefused:
    return FormRefused("not a user name", errors={"username": text})
