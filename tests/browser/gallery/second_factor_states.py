"""Sample data of the pages about the second factor: asked for, set up, changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.customers.totp import enrolment_uri
from ciam.texts import Text
from ciam.web.forms import FormState
from ciam.web.qr import qr_svg

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_T = Callable[[str, str], str]


def second_factor_pages(
    t: _T, customer: Mapping[str, object]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state."""
    asked = {
        "action": "/second-factor",
        "way": "totp",
        "others": [{"key": "recovery_code", "href": "/second-factor?way=recovery_code"}],
        "restart_href": "/sign-in",
        "sending": None,
        "send_action": "/second-factor/send",
        "sent_again": False,
        "passkey_action": "/second-factor/passkey",
        "passkey_options": None,
    }
    other_way = {"way": "recovery_code", "others": [{"key": "totp", "href": "/second-factor"}]}
    wrong = FormState(
        errors={"code": Text(t("That is not the code.", "コードが正しくありません。"))}
    )
    base = {"customer": customer, "cancel_href": "/account/security"}
    set_up = {
        **base,
        "action": "/account/second-factor",
        "offer": "offer",
        "picture": qr_svg(enrolment_uri(_SEED, account="hanako@example.jp", issuer="Tsumugi")),
        "secret": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
    }
    overview = {
        **base,
        "password_changed_at": _NOW - timedelta(days=40),
        "passkey_count": 2,
        "app_added_at": _NOW - timedelta(days=3),
        "app_used_at": _NOW - timedelta(hours=2),
        "codes_left": 8,
    }
    none = {"password_changed_at": None, "passkey_count": 0, "app_added_at": None}
    codes = {
        **base,
        "codes": [f"7h3k{number}-mp2xw" for number in range(2, 10)]
        + ["abcde-fghjk", "mnpqr-stuvw"],
        "is_new": True,
        "done_href": "/account/security",
    }
    change = {**base, "action": "/account/second-factor/remove", "about": "remove"}
    return [
        ("second-factor", "second_factor", asked),
        ("second-factor-wrong", "second_factor", {**asked, "form": wrong}),
        ("second-factor-recovery", "second_factor", {**asked, **other_way}),
        ("account-security", "account/security", overview),
        ("account-security-none", "account/security", {**overview, **none}),
        ("account-second-factor", "account/second_factor", set_up),
        ("account-second-factor-wrong", "account/second_factor", {**set_up, "form": wrong}),
        ("account-recovery-codes", "account/recovery_codes", codes),
        ("account-second-factor-remove", "account/second_factor_change", change),
        ("account-recovery-renew", "account/second_factor_change", {**change, "about": "codes"}),
    ]
