"""Sample data of each mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.browser.gallery.lost_factor_states import lost_factor_mail
from tests.browser.gallery.world import (
    NOW,
)


def mails() -> dict[str, Mapping[str, object]]:
    """Return the context of each mail."""
    link = "https://id.example.jp/verify/link?token=abcdefghijklmnopqrstuvwxyz0123456789"
    code = {"code": "482913", "link": link, "expires_at": NOW + timedelta(minutes=10)}
    undo = {
        "provider": "LINE",
        "when": NOW,
        "undo_link": "https://id.example.jp/linked-logins/undo?token=abcdefghijklmnopqrstuvwxyz",
        "undo_until": NOW + timedelta(hours=72),
    }
    recovery = {"recovery_link": "https://id.example.jp/recovery"}
    return {
        "verify_address": {**code, "purpose": "sign_up"},
        "address_known": {"sign_in_link": "https://id.example.jp/sign-in", **recovery},
        "password_reset": code,
        "sign_in_code": {
            **code,
            "device": "Chrome / Windows",
            "is_for_lost_factor": False,
            "security_link": "https://id.example.jp/account/security",
        },
        "password_changed": {"when": NOW, "device": "Chrome, Windows", **recovery},
        "second_factor_changed": {
            "when": NOW,
            "change": "totp.added",
            "security_link": "https://id.example.jp/account/security",
            **recovery,
        },
        "second_factor_lost": lost_factor_mail(),
        "passkey_added": {
            "when": NOW,
            "passkey": "Google Password Manager",
            "passkeys_link": "https://id.example.jp/account/passkeys",
            **recovery,
        },
        "passkey_removed": {
            "when": NOW,
            "passkey": "Google Password Manager",
            **recovery,
        },
        "account_closed": {"when": NOW},
        "email_changed": {
            "when": NOW,
            "undo_link": "https://id.example.jp/undo-email-change?token=x",
            "undo_until": NOW + timedelta(hours=72),
        },
        "phone_changed": {
            "when": NOW,
            "change": "phone.changed",
            "number": "•••••••78",
            "undo_link": "https://id.example.jp/undo-phone-change?token=x",
            "undo_until": NOW + timedelta(hours=72),
        },
        "connect_known": {**code, "provider": "LINE"},
        "login_linked": undo,
        "login_unlinked": undo,
        "new_sign_in": {
            "when": NOW,
            "device": "Chrome, Windows",
            "country": "BR",
            "is_new_country": True,
            "not_me_link": "https://id.example.jp/not-me?token=abcdefghijklmnopqrstuvwxyz0123456789",
            "not_me_until": NOW + timedelta(days=7),
            "sessions_link": "https://id.example.jp/account/sessions",
        },
        "sign_in_disowned": {
            "when": NOW,
            "had_password": True,
            "removed": ["passkey"],
            "has_old_address": True,
            "has_old_number": True,
            "lost": [],
            **recovery,
        },
        "consent_receipt": {
            "title": "News by e-mail",
            "decision": "given",
            "when": NOW,
            "receipt_id": "rcp_01JD9X4T7Q",
            "consents_link": "https://id.example.jp/account/consents",
        },
        "customer_invited": {
            "link": "https://id.example.jp/invitation?token=abcdefghijklmnopqrstuvwxyz0123456789",
            "expires_at": NOW + timedelta(hours=24),
        },
        "operator_invited": {
            "link": "https://id.example.jp/admin/join?token=abcdefghijklmnopqrstuvwxyz0123456789",
            "expires_at": NOW + timedelta(hours=24),
        },
        "operator_news": {
            "when": NOW,
            "roles": ["Support", "Auditor"],
            "operators_link": "https://id.example.jp/admin/operators",
        },
        "set_password_hint": recovery,
    }
