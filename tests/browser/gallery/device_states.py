"""Sample data of remembered devices, of "this was not me", and of the security check-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.authentication.check_up import (
    PASSWORD,
    RECOVERY_CODES,
    SECOND_FACTOR,
    SESSIONS,
    Finding,
)
from ciam.texts import Text
from ciam.web.pages.account.check_up import Point, describe_finding
from ciam.web.pages.not_me import ADDED

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_T = Callable[[str, str], str]
TRUST_DAYS = 30

WELL: list[Point] = [
    describe_finding(Finding(SECOND_FACTOR, is_well=True)),
    describe_finding(Finding(RECOVERY_CODES, is_well=True, count=8)),
    describe_finding(Finding(PASSWORD, is_well=True)),
    describe_finding(Finding(SESSIONS, is_well=True)),
]
WANTING: list[Point] = [
    describe_finding(Finding(SECOND_FACTOR, is_well=False)),
    describe_finding(Finding(PASSWORD, is_well=False, count=1)),
    describe_finding(Finding(SESSIONS, is_well=False, count=3)),
]
NO_TRUST: Mapping[str, object] = {
    "forget_action": "/account/sessions/forget",
    "forget_all_action": "/account/sessions/forget-all",
    "trusted": [],
}


def remembered(t: _T) -> Mapping[str, object]:
    """Give what the page of sessions shows of two remembered devices."""
    here = {
        "id": "d1",
        "device": t("Chrome on Windows", "WindowsのChrome"),
        "since": _NOW - timedelta(days=3),
        "used_at": _NOW,
        "until": _NOW + timedelta(days=27),
        "current": True,
    }
    phone = {**here, "id": "d2", "device": t("Safari on iPhone", "iPhoneのSafari")}
    return {**NO_TRUST, "trusted": [here, {**phone, "current": False}]}


def device_pages(security: Mapping[str, object]) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state; `security` is the page of ways to sign in."""
    few = describe_finding(Finding(RECOVERY_CODES, is_well=False, count=2))
    old = describe_finding(Finding(PASSWORD, is_well=False))
    some = [few, old, WELL[0], WELL[3]]
    asked: dict[str, object] = {
        "action": "/not-me",
        "token": "token",
        "when": _NOW,
        "device": "Chrome / Windows",
        "country": "BR",
        "until": _NOW + timedelta(days=7),
    }
    done: dict[str, object] = {
        "had_password": True,
        "removed": [ADDED["passkey"], ADDED["login"]],
        "has_old_address": True,
        "has_old_number": True,
        "lost": [],
        "recovery_href": "/recover",
    }
    gone = {
        "title": Text("This page is no longer valid"),
        "detail": Text(
            "This link can no longer be used."
            " If you are not sure of your account, set a new password: that signs everybody out."
        ),
        "request_id": "01JD9X4T7Q",
        "way_on_href": "/account",
        "way_on_label": Text("Go to your account"),
        "client_name": None,
    }
    return [
        ("not-me", "not_me", asked),
        ("not-me-nowhere", "not_me", {**asked, "country": None, "device": ""}),
        ("not-me-done", "not_me_done", done),
        (
            "not-me-done-little",
            "not_me_done",
            {
                **done,
                "had_password": False,
                "removed": [],
                "has_old_address": False,
                "has_old_number": False,
            },
        ),
        (
            "not-me-done-lost",
            "not_me_done",
            {**done, "has_old_address": False, "has_old_number": False, "lost": ["email"]},
        ),
        ("not-me-gone", "error", gone),
        ("account-check-up", "account/security", {**security, "check_up": WANTING}),
        (
            "account-check-up-some",
            "account/security",
            {**security, "check_up": some},
        ),
    ]
