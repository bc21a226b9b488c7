"""Sample data of what is about a lost second factor: the request, its wait, its cancellation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.texts import Text
from ciam.web.forms import FormState

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_READY = _NOW + timedelta(hours=72)
_T = Callable[[str, str], str]
_SITE = "https://id.example.jp"

LOST: dict[str, object] = {
    "asked_at": _NOW,
    "device": "Chrome / Windows",
    "ready_at": _READY,
    "action": "/account/security/cancel-recovery",
}


def lost_factor_mail() -> dict[str, object]:
    """Give the context of the mail."""
    return {
        "stage": "begun",
        "asked_at": _NOW,
        "device": "Chrome / Windows",
        "ready_at": _READY,
        "expires_at": _READY + timedelta(days=7),
        "cancel_link": f"{_SITE}/cancel-recovery?token=abcdefghijklmnopqrstuvwxyz0123456789",
        "security_link": f"{_SITE}/account/security",
        "recovery_link": f"{_SITE}/recover",
    }


def lost_factor_pages(
    t: _T, second_factor: Mapping[str, object]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state."""
    to_send = {
        "masked": "h•••@example.jp",
        "is_sent": False,
        "expires_at": None,
        "resend_wait_seconds": 0,
    }
    sent = to_send | {"is_sent": True, "expires_at": _NOW + timedelta(minutes=10)}
    asked = {
        "stage": "asked",
        "by": "email_code",
        "action": "/second-factor/lost",
        "send_action": "/second-factor/lost/send",
        "sending": to_send,
        "sent_again": False,
        "wait_hours": 72,
        "asked_at": None,
        "ready_at": None,
        "expires_at": None,
        "back_href": "/second-factor",
    }
    waits = asked | {
        "stage": "waits",
        "sending": None,
        "asked_at": _NOW,
        "ready_at": _READY,
        "expires_at": _READY + timedelta(days=7),
    }
    ready = waits | {"stage": "ready", "sending": to_send}
    wrong = FormState(errors={"code": Text(t("That is not the code.", "コードが違います。"))})
    page = "second_factor_lost"
    return [
        ("second-factor-may-be-lost", "second_factor", {**second_factor, "lost": "asked"}),
        ("second-factor-lost-waits", "second_factor", {**second_factor, "lost": "waits"}),
        ("second-factor-lost-ready", "second_factor", {**second_factor, "lost": "ready"}),
        ("lost-factor", page, asked),
        ("lost-factor-sent", page, asked | {"sending": sent, "sent_again": True}),
        ("lost-factor-wrong", page, asked | {"sending": sent, "form": wrong}),
        ("lost-factor-waits", page, waits),
        ("lost-factor-ready", page, ready),
        ("lost-factor-ready-sent", page, ready | {"sending": sent}),
        ("recovery-cancel", "recovery_cancel", {"action": "/cancel-recovery", "token": "x"}),
        ("recovery-cancelled", "recovery_cancelled", {"recovery_href": "/recover"}),
    ]
