"""Sample data of pages while many sign-ins fail: the calculation, and asked again."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from hashlib import sha256

from ciam.texts import Text
from ciam.web.forms import FormState

_SALT = "00112233445566778899aabb?made=1795900000&expires=1795900600&"
_CHALLENGE = {
    "algorithm": "SHA-256",
    "challenge": sha256(f"{_SALT}1234".encode()).hexdigest(),
    "maxnumber": 2000,
    "salt": _SALT,
    "signature": "0" * 64,
}


def work_pages(
    sign_in: Mapping[str, object], sign_up: Mapping[str, object], email: str
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state; `sign_in` and `sign_up` are what a page needs."""
    shown = json.dumps(_CHALLENGE)
    work = {
        "challenge": shown,
        "unsolved": base64.b64encode(shown.encode()).decode(),
        "wait_seconds": 15,
    }
    again = FormState({"identifier": email}, alert=Text("Please enter your password once more."))
    once_more = FormState({"email": email}, alert=Text("Please press the button once more."))
    recovery = {"action": "/recovery", "sign_in_href": "/sign-in"}
    return [
        ("sign-in-work", "sign_in", {**sign_in, "work": work}),
        ("sign-in-work-again", "sign_in", {**sign_in, "work": work, "form": again}),
        ("sign-up-work", "sign_up", {**sign_up, "work": work}),
        ("sign-up-work-again", "sign_up", {**sign_up, "work": work, "form": once_more}),
        ("recovery-work", "recovery", {**recovery, "work": work}),
    ]
