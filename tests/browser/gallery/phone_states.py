"""Sample data of the pages about phone numbers and user names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.authentication.names import label_of
from ciam.customers.phones import INVALID
from ciam.policies import NamePolicy
from ciam.texts import Text
from ciam.web.forms import FormState
from tests.browser.gallery.attribute_states import profile_fields

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_NUMBER, _MASKED = "090-1234-5678", "•••••••78"
_T = Callable[[str, str], str]
_Page = tuple[str, str, Mapping[str, object]]


def phone_pages(
    t: _T, customer: Mapping[str, object], details: Mapping[str, object]
) -> list[_Page]:
    """Give name, page and context of each state; `details` is what the last sign-up page shows."""
    return [*_coming_in(details), *_account(t, customer)]


def _coming_in(details: Mapping[str, object]) -> list[_Page]:
    wrong = FormState({"phone": "03-1234"}, {"phone": INVALID})
    names = NamePolicy(phone="sign_up", username="optional")
    sign_up: dict[str, object] = {
        "action": "/sign-up",
        "client_name": None,
        "sign_in_href": "/sign-in",
        "providers": [],
        "by": "phone",
        "other_href": "/sign-up?by=email",
    }
    sign_in: dict[str, object] = {
        "action": "/sign-in",
        "step": "both",
        "client_name": None,
        "identifier_label": label_of(names),
        "takes_only_email": False,
        "sign_up_href": "/sign-up",
        "recovery_href": "/recover",
        "has_password": True,
        "code_action": "/sign-in/code",
        "change_href": None,
        "providers": [],
        "passkey_action": None,
        "passkey_options": "{}",
    }
    recover = {**sign_up, "action": "/recover"}
    code = {
        "action": "/verify",
        "resend_action": "/verify/resend",
        "masked_address": _MASKED,
        "expires_at": _NOW + timedelta(minutes=10),
        "resend_wait_seconds": 20,
        "change_href": "/sign-up",
        "purpose": "sign_up",
        "sent_again": False,
        "by": "phone",
    }
    named = {**details, "email": _NUMBER, "username": "optional"}
    taken = FormState(
        {"username": "hanako"},
        {"username": Text("This user name is taken. Please choose another one.")},
    )
    capped = Text(
        "No more messages can be sent to this number for now."
        " Please look for the newest one, or try again in an hour."
    )
    second = {
        "action": "/second-factor",
        "send_action": "/second-factor/send",
        "new_password": False,
        "lost": None,
        "lost_href": "/second-factor/lost",
        "trust_days": None,
        "way": "sms_code",
        "sending": {
            "masked": _MASKED,
            "is_sent": True,
            "expires_at": _NOW + timedelta(minutes=10),
            "resend_wait_seconds": 0,
        },
        "sent_again": False,
        "passkey_action": "/second-factor/passkey",
        "passkey_options": None,
        "others": [{"key": "email_code", "href": "/x"}],
        "restart_href": "/sign-in",
    }
    to_text = {
        **second,
        "way": "totp",
        "sending": None,
        "others": [{"key": "sms_code", "href": "/x"}],
    }
    return [
        ("sign-in-any-name", "sign_in", sign_in),
        ("sign-up-phone", "sign_up", sign_up),
        ("sign-up-phone-wrong", "sign_up", {**sign_up, "form": wrong}),
        (
            "sign-up-either",
            "sign_up",
            {**sign_up, "by": "email", "other_href": "/sign-up?by=phone"},
        ),
        ("sign-up-username", "sign_up_details", named),
        ("sign-up-username-taken", "sign_up_details", {**named, "form": taken}),
        ("verify-number", "verify_address", code),
        ("verify-number-capped", "verify_address", {**code, "message": capped}),
        ("recovery-phone", "recovery", recover),
        ("recovery-phone-sent", "recovery_sent", {**code, "purpose": "recovery"}),
        ("sign-in-texted", "recovery_sent", {**code, "purpose": "sign_in"}),
        ("second-factor-texted", "second_factor", second),
        ("second-factor-to-text", "second_factor", to_text),
    ]


def _account(t: _T, customer: Mapping[str, object]) -> list[_Page]:
    base = {"customer": customer}
    by_phone = {"customer": {**customer, "email": _NUMBER}}
    profile = {
        "action": "/account/profile",
        "email": customer["email"],
        "email_verified_at": _NOW - timedelta(days=40),
        "phone": {"number": _NUMBER, "verified_at": _NOW, "changes": True},
        "username": "hanako.yamada",
        "customer_id": "cus_0123456789abcdefghjkmnpq",
        "fields": profile_fields(t),
        "records": [],
    }
    none = {"number": None, "verified_at": None, "changes": True}
    last_way = FormState(
        alert=Text(
            "You could no longer sign in without this number."
            " Add an e-mail address or a passkey first."
        )
    )
    code = {
        "action": "/account/phone/code",
        "number": _NUMBER,
        "expires_at": _NOW + timedelta(minutes=10),
        "change_href": "/account/phone",
        "is_first": False,
    }
    remove = {
        "action": "/account/phone/remove",
        "phone": _NUMBER,
        "cancel_href": "/account/profile",
    }
    texted = {
        "action": "/x",
        "method": "sms_code",
        "masked": _MASKED,
        "is_on": False,
        "cancel_href": "/account/security",
    }
    undo = {"action": "/x", "token": "t", "until": _NOW + timedelta(hours=72)}
    change = {"action": "/account/phone", "phone": _NUMBER}
    wrong = FormState({"phone": t("home", "自宅")}, {"phone": INVALID})
    return [
        ("account-profile-phone", "account/profile", {**base, **profile}),
        ("account-profile-no-phone", "account/profile", {**base, **profile, "phone": none}),
        ("account-profile-no-email", "account/profile", {**by_phone, **profile, "email": None}),
        ("account-email-add", "account/email", {**by_phone, "action": "/x", "email": None}),
        ("account-phone", "account/phone", {**base, **change}),
        ("account-phone-add", "account/phone", {**base, **change, "phone": None}),
        ("account-phone-wrong", "account/phone", {**base, **change, "form": wrong}),
        ("account-phone-code", "account/phone_code", {**base, **code}),
        ("account-phone-code-first", "account/phone_code", {**base, **code, "is_first": True}),
        ("account-phone-remove", "account/phone_remove", {**base, **remove}),
        ("account-phone-last", "account/phone_remove", {**base, **remove, "form": last_way}),
        ("account-codes-texted", "account/sent_codes", {**base, **texted}),
        ("account-codes-texted-on", "account/sent_codes", {**base, **texted, "is_on": True}),
        (
            "phone-change-undo",
            "contact_change_undo",
            {**undo, "contact": "phone", "was_added": False},
        ),
        (
            "phone-change-undo-added",
            "contact_change_undo",
            {**undo, "contact": "phone", "was_added": True},
        ),
        (
            "phone-change-undone",
            "contact_change_undone",
            {"contact": "phone", "recovery_href": "/recover"},
        ),
    ]
