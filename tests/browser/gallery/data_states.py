"""Sample data of the pages about one's own data: history, recipients, copy, closing, the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.texts import Text
from ciam.web.api import make_api, make_openapi
from ciam.web.api.documentation import list_operations
from ciam.web.forms import FormState

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_T = Callable[[str, str], str]


def data_pages(
    t: _T, customer: Mapping[str, object]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state."""
    base = {"customer": customer}
    here = {
        "when": _NOW,
        "failed": False,
        "device": "Chrome, Windows",
        "place": "192.0.2.7",
        "country": "JP",
        "method": Text("with a password"),
        "state": Text("signed in"),
    }
    before = {
        **here,
        "when": _NOW - timedelta(days=9),
        "device": "Safari, iPhone",
        "place": "2001:db8:1234:5678:9012:3456:1234:5678",
        "state": Text("signed out"),
    }
    failed = {"when": _NOW - timedelta(days=2), "failed": True}
    shop = {
        "name": t("Tsumugi Online Shop", "つむぎオンラインショップ"),
        "items": [t("Name", "氏名"), t("E-mail address", "メールアドレス")],
        "first_at": _NOW - timedelta(days=400),
        "last_at": _NOW,
        "count": 128,
    }
    close: dict[str, object] = {
        **base,
        "action": "/account/data/close",
        "effects": [
            Text("You are signed out everywhere and cannot sign in any more."),
            Text("Every consent you gave is taken back, and every connected app is removed."),
            Text("What we must keep by law stays until its time is over."),
        ],
        "back_href": "/account/data",
    }
    code = {
        **base,
        "action": "/account/email/code",
        "address": "hanako.new@example.com",
        "expires_at": _NOW + timedelta(minutes=10),
        "change_href": "/account/email",
    }
    unticked = FormState(errors={"confirm": Text("Tick the box to close your account.")})
    return [
        ("account-sign-ins", "account/sign_ins", {**base, "entries": [here, failed, before]}),
        ("account-sign-ins-none", "account/sign_ins", {**base, "entries": []}),
        ("account-disclosures", "account/disclosures", {**base, "recipients": [shop]}),
        ("account-disclosures-none", "account/disclosures", {**base, "recipients": []}),
        (
            "account-data",
            "account/data",
            {**base, "download_action": "/x", "close_href": "/account/data/close"},
        ),
        ("account-close", "account/close", close),
        ("account-close-unticked", "account/close", {**close, "form": unticked}),
        ("account-closed", "account_closed", {}),
        ("account-email", "account/email", {**base, "action": "/account/email"}),
        ("account-email-code", "account/email_code", code),
        (
            "email-change-undo",
            "contact_change_undo",
            {
                "contact": "email",
                "was_added": False,
                "action": "/x",
                "token": "t",
                "until": _NOW + timedelta(hours=72),
            },
        ),
        (
            "email-change-undone",
            "contact_change_undone",
            {"contact": "email", "recovery_href": "/recover"},
        ),
        (
            "api",
            "api",
            {
                "description": ["Send the access token in the Authorization header."],
                "operations": list_operations(make_openapi(make_api())),
            },
        ),
    ]
