"""What a text message says in the end, and how many parts of it are paid for (3GPP TS 23.038).

A code is repeated in a last line that binds it to this server's host (the format of origin-bound
one-time codes): a browser offers it on our own pages and on no others.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ciam.texts import Text

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_PAIRS: Final = frozenset("^{}\\[~]|€")
_ONE_PART, _EACH_PART = 160, 153
_ONE_WIDE_PART, _EACH_WIDE_PART = 70, 67


def write_sms(
    sentence: str,
    values: Mapping[str, Any],
    *,
    brand: str,
    issuer: str,
    say: Callable[[Text], str],
) -> str:
    """Give the text; `say` puts a sentence into the reader's language."""
    filled = {
        name: f"{issuer}{value}" if name.endswith("_link") else value
        for name, value in values.items()
        if isinstance(value, str)
    }
    text = say(Text(sentence, brand=brand, **filled))
    if "code" not in filled:
        return text
    return f"{text}\n\n@{urlsplit(issuer).hostname} #{filled['code']}"


def count_parts(text: str) -> int:
    """Give the parts that a network makes of a text."""
    if all(sign in _GSM or sign in _GSM_PAIRS for sign in text):
        units = len(text) + sum(sign in _GSM_PAIRS for sign in text)
        one, each = _ONE_PART, _EACH_PART
    else:
        units = len(text.encode("utf-16-be")) // 2
        one, each = _ONE_WIDE_PART, _EACH_WIDE_PART
    return 1 if units <= one else -(-units // each)
