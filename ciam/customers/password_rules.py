"""What a new password must be (NIST SP 800-63B-4 §3.1.1.2): long enough and not guessed first.

No rules of composition, no expiry. A password is read in NFKC, as NIST recommends, so that it does
not depend on the keyboard that composed it; that form is the whole password, nothing is cut off.
Code points without a meaning yet are refused, because a later Unicode could normalise them.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from ciam.errors import FormRefused
from ciam.policies import PasswordPolicy
from ciam.texts import Text

MAX_BYTES: Final = 4096
"""UTF-8 bytes of the normalised password; nothing longer is ever hashed."""

_UNSTABLE: Final = frozenset({"Cc", "Cs", "Cn"})
_FEWEST_DIFFERENT: Final = 4
_SHORTEST_PERSONAL: Final = 4
_LONGEST_DECORATION: Final = 6
_SEQUENCES: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop@[asdfghjkl;:]zxcvbnm,./",  # rows of a Japanese keyboard
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "1234567890-^",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
    "いろはにほへとちりぬるをわかよたれそつねならむ",
)


def normalise_password(password: str) -> str:
    """Give the form that is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def to_bytes(password: str) -> bytes | None:
    """Give the bytes that are hashed; None when there are more than MAX_BYTES."""
    if len(password) > MAX_BYTES:  # before normalising, which is work too
        return None
    raw = normalise_password(password).encode("utf-8", "surrogatepass")
    return raw if len(raw) <= MAX_BYTES else None


def check_password_rules(
    password: str,
    policy: PasswordPolicy,
    *,
    personal: Iterable[str] = (),
    form_field: str = "password",
) -> None:
    """Raise FormRefused, on `form_field`, for a password that should not be set.

    `personal` is what others know of the customer: address, names, the name of the service.
    """
    text = _find_fault(password, policy, personal)
    if text is not None:
        cause = "the password breaks a rule"
        raise FormRefused(cause, errors={form_field: text})


def is_guessable(password: str) -> bool:
    """Tell whether a password is among those that are guessed first, whoever has it."""
    return to_bytes(password) is not None and _is_common(normalise_password(password).casefold())


def _find_fault(password: str, policy: PasswordPolicy, personal: Iterable[str]) -> Text | None:
    raw = to_bytes(password)
    if raw is None or len(normalise_password(password)) > policy.maximum_length:
        return Text("Use at most {n} characters.", n=policy.maximum_length)
    if any(unicodedata.category(sign) in _UNSTABLE for sign in password):
        return Text("Use letters, digits, signs and spaces only.")
    normalised = normalise_password(password)
    if min(len(password), len(normalised)) < policy.minimum_length:
        return Text("Use at least {n} characters.", n=policy.minimum_length)
    plain = normalised.casefold()
    if _is_common(plain):
        return Text("This password is among the first that are guessed. Choose another one.")
    if _is_personal(plain, personal):
        return Text("Do not use your name or address as the password.")
    return None


def _is_common(plain: str) -> bool:
    bare = plain.strip("0123456789!?.,-_#*@$ ")
    is_decorated = len(plain) - len(bare) <= _LONGEST_DECORATION
    return (
        len(set(plain)) < _FEWEST_DIFFERENT
        or plain in _common()
        or (is_decorated and bare in _common())
        or _is_repeated(plain)
        or _is_sequence(plain)
    )


def _is_repeated(plain: str) -> bool:
    """Whether a short word stands several times in a row: `abcabcabcabc`."""
    again = (plain + plain).find(plain, 1)
    return again < len(plain) and again <= _LONGEST_DECORATION


def _is_sequence(plain: str) -> bool:
    """Whether it runs along the alphabet, the digits or a keyboard, in either direction."""
    return any(plain in row or plain in row[::-1] for row in _sequences())


def _is_personal(plain: str, personal: Iterable[str]) -> bool:
    """Whether nothing is left of it without what others know of the customer."""
    words = {
        piece
        for known in personal
        for word in [normalise_password(known).casefold()]
        for piece in [word, *word.split("@"), *re.split(r"[\W_]+", word)]
        if len(piece) >= _SHORTEST_PERSONAL
    }
    rest = plain
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != plain and len(rest) < _SHORTEST_PERSONAL


@cache
def _sequences() -> tuple[str, ...]:
    return tuple(row + row for row in _SEQUENCES)


@cache
def _common() -> frozenset[str]:
    listed = files("ciam.customers").joinpath("common_passwords.txt").read_text("utf-8")
    words = (line.split("#", 1)[0].strip() for line in listed.splitlines())
    return frozenset(normalise_password(word).casefold() for word in words if word)
