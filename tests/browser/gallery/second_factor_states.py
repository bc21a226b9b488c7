"""Sample data of the pages about the second factor: asked for, set up, changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.customers.totp import enrolment_uri
from ciam.texts import Text
from ciam.web.forms import FormState
from ciam.web.qr import qr_svg
from tests.browser.gallery.device_states import TRUST_DAYS, WELL, device_pages
from tests.browser.gallery.lost_factor_states import LOST, lost_factor_pages

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
        "new_password": False,
        "lost": None,
        "lost_href": "/second-factor/lost",
        "trust_days": TRUST_DAYS,
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
    overview: dict[str, object] = {
        **base,
        "password_changed_at": _NOW - timedelta(days=40),
        "passkey_count": 2,
        "app_added_at": _NOW - timedelta(days=3),
        "app_used_at": _NOW - timedelta(hours=2),
        "codes_left": 8,
        "check_up": WELL,
        "lost": None,
    }
    mail_codes = {
        "key": "email_code",
        "masked": "h•••@example.jp",
        "added_at": None,
        "href": "/account/second-factor/codes/email_code",
    }
    overview |= {"has_apps": True, "sent_codes": [mail_codes]}
    codes_on = {"sent_codes": [{**mail_codes, "added_at": _NOW - timedelta(days=3)}]}
    none = {"password_changed_at": None, "passkey_count": 0, "app_added_at": None}
    codes = {
        **base,
        "codes": [f"7h3k{number}-mp2xw" for number in range(2, 10)]
        + ["abcde-fghjk", "mnpqr-stuvw"],
        "is_new": True,
        "done_href": "/account/security",
    }
    change = {
        **base,
        "action": "/account/second-factor/remove",
        "about": "remove",
        "has_other": False,
        "is_required": False,
    }
    switch = {
        **base,
        "action": "/account/second-factor/codes/email_code",
        "method": "email_code",
        "masked": "h•••@example.jp",
        "is_on": False,
    }
    sending = {
        "masked": "h•••@example.jp",
        "is_sent": False,
        "expires_at": None,
        "resend_wait_seconds": 0,
    }
    sent = {
        **sending,
        "is_sent": True,
        "expires_at": _NOW + timedelta(minutes=10),
        "resend_wait_seconds": 30,
    }
    by_mail = {**asked, "way": "email_code", "sending": sending, "others": []}
    by_passkey = {"passkey_options": "{}"}
    app_offer = {
        "action": "/second-factor/set-up",
        "offer": "offer",
        "picture": set_up["picture"],
        "secret": set_up["secret"],
    }
    setting_up = {
        "app": app_offer,
        "passkey_action": "/second-factor/set-up/passkey",
        "passkey_options": "{}",
        "restart_href": "/sign-in",
        "client_name": t("Tsumugi Shop", "つむぎ商店"),
    }
    by_code = {
        "action": "/verify",
        "resend_action": "/verify/resend",
        "masked_address": "h•••@example.jp",
        "expires_at": _NOW + timedelta(minutes=10),
        "resend_wait_seconds": 30,
        "change_href": "/sign-in",
        "purpose": "sign_in",
        "sent_again": False,
    }
    link = {
        "action": "/verify/link",
        "token": "token",
        "masked_address": "h•••@example.jp",
        "purpose": "sign_in",
        "same_browser": True,
    }
    return [
        *lost_factor_pages(t, asked),
        ("second-factor", "second_factor", asked),
        ("second-factor-wrong", "second_factor", {**asked, "form": wrong}),
        ("second-factor-new-password", "second_factor", {**asked, "new_password": True}),
        ("second-factor-recovery", "second_factor", {**asked, **other_way}),
        ("second-factor-mail", "second_factor", by_mail),
        ("second-factor-mail-sent", "second_factor", {**by_mail, "sending": sent}),
        (
            "second-factor-mail-wrong",
            "second_factor",
            {**by_mail, "sending": sent, "form": wrong},
        ),
        ("second-factor-passkey", "second_factor", {**asked, **by_passkey}),
        (
            "second-factor-passkey-only",
            "second_factor",
            {**asked, **by_passkey, "way": None, "others": []},
        ),
        ("second-factor-set-up", "second_factor_set_up", setting_up),
        ("second-factor-set-up-wrong", "second_factor_set_up", {**setting_up, "form": wrong}),
        (
            "second-factor-set-up-passkey",
            "second_factor_set_up",
            {**setting_up, "app": None, "client_name": None},
        ),
        (
            "second-factor-set-up-nothing",
            "second_factor_set_up",
            {**setting_up, "app": None, "passkey_options": None},
        ),
        (
            "second-factor-codes",
            "second_factor_codes",
            {"codes": codes["codes"], "done_href": "/account"},
        ),
        ("sign-in-code-sent", "recovery_sent", by_code),
        ("sign-in-code-link", "verify_address_link", link),
        ("account-security-codes", "account/security", {**overview, **none, **codes_on}),
        ("account-codes-on", "account/sent_codes", switch),
        ("account-codes-off", "account/sent_codes", {**switch, "is_on": True}),
        ("account-security", "account/security", overview),
        ("account-security-lost", "account/security", {**overview, "lost": LOST}),
        ("account-security-none", "account/security", {**overview, **none}),
        ("account-second-factor", "account/second_factor", set_up),
        ("account-second-factor-wrong", "account/second_factor", {**set_up, "form": wrong}),
        ("account-recovery-codes", "account/recovery_codes", codes),
        ("account-second-factor-remove", "account/second_factor_change", change),
        (
            "account-second-factor-remove-required",
            "account/second_factor_change",
            {**change, "is_required": True},
        ),
        (
            "account-second-factor-remove-other",
            "account/second_factor_change",
            {**change, "has_other": True},
        ),
        ("account-recovery-renew", "account/second_factor_change", {**change, "about": "codes"}),
        *device_pages(overview),
    ]
