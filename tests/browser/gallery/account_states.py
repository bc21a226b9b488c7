"""Sample data of the pages of the account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ciam.texts import Text
from ciam.web.forms import FormState
from tests.browser.gallery.attribute_states import (
    profile_fields,
)
from tests.browser.gallery.data_states import data_pages
from tests.browser.gallery.device_states import NO_TRUST, remembered
from tests.browser.gallery.login_states import login_pages
from tests.browser.gallery.passkey_states import passkey_pages
from tests.browser.gallery.phone_states import phone_pages
from tests.browser.gallery.second_factor_states import second_factor_pages
from tests.browser.gallery.world import (
    EMAIL,
    NOW,
    State,
    T,
    details,
    notices,
    purposes,
)


def account_pages(t: T, shop: str) -> list[State]:
    customer = {"name": t("Hanako Yamada", "山田 花子"), "email": EMAIL}
    base: dict[str, object] = {"customer": customer, "action": "/account/x"}
    return [
        *_account_home(t, base),
        *_account_sessions(t, shop, base),
        *(State(*state) for state in data_pages(t, customer)),
        *_account_consents(t, base),
        *(State(name, page, context) for name, page, context in passkey_pages(t, customer)),
        *(State(*one) for one in second_factor_pages(t, customer)),
        *(State(*one) for one in phone_pages(t, customer, details(t))),
        *(
            State(name, page, context)
            for name, page, context in login_pages(t, customer, details(t))
        ),
    ]


def _account_home(t: T, base: Mapping[str, object]) -> list[State]:
    home = {
        **base,
        "customer_id": "cst_7h2k9v4mqx3tn8wd",
        "password_changed_at": NOW - timedelta(days=90),
        "passkey_count": 2,
        "session_count": 2,
        "app_count": 1,
        "consents_given": 1,
        "consents_total": 2,
        "recent": [
            {
                "what": Text(t("You signed in.", "ログインしました。")),
                "when": NOW,
                "where": "Chrome, Windows",
            },
            {
                "what": Text(t("You changed your password.", "パスワードを変更しました。")),
                "when": NOW - timedelta(days=90),
                "where": None,
            },
        ],
    }
    fresh = {
        **home,
        "customer": {"name": None, "email": EMAIL},
        "password_changed_at": None,
        "passkey_count": 0,
        "session_count": 1,
        "app_count": 0,
        "recent": [],
    }
    profile = {
        **base,
        "email_verified_at": NOW,
        "customer_id": "cst_7h2k9v4mqx3tn8wd",
        "fields": profile_fields(t),
        "records": [
            {
                "label": t("Member card", "会員カード"),
                "value": "•••• 4821",
                "source": t("Ginza shop", "銀座店"),
                "since": NOW - timedelta(days=800),
            }
        ],
        "form": FormState(
            values={
                "family_name": t("Yamada", "山田"),
                "given_name": t("Hanako", "花子"),
                "locale": t("en", "ja"),
            }
        ),
    }
    password = {
        **base,
        "has_password": True,
        "username": EMAIL,
        "password_min_length": 10,
        "changed_at": NOW - timedelta(days=90),
    }
    wrong = FormState(
        errors={
            "current_password": Text(
                t("That is not your current password.", "現在のパスワードが正しくありません。")
            )
        }
    )
    return [
        State("account-home", "account/home", home),
        State("account-home-fresh", "account/home", fresh),
        State("account-profile", "account/profile", profile),
        State(
            "account-profile-saved",
            "account/profile",
            {**profile, "message": Text(t("Saved.", "保存しました。"))},
        ),
        State("account-password", "account/password", password),
        State("account-password-wrong", "account/password", {**password, "form": wrong}),
        State(
            "account-password-none",
            "account/password",
            {**password, "has_password": False, "changed_at": None},
        ),
    ]


def _account_sessions(t: T, shop: str, base: Mapping[str, object]) -> list[State]:
    one = {
        "id": "s1",
        "device": "Chrome, Windows",
        "place": "192.0.2.7",
        "country": "JP",
        "began_at": NOW - timedelta(days=3),
        "seen_at": NOW,
        "current": True,
        "method": Text(t("with a password", "パスワード")),
        "apps": [shop],
    }
    other = {
        **one,
        "id": "s2",
        "device": "Safari, iPhone",
        "place": None,
        "country": None,
        "current": False,
        "apps": [],
    }
    sessions = {
        **base,
        "end_action": "/e",
        "end_others_action": "/o",
        "sessions": [one, other],
        **remembered(t),
    }
    alone = {**sessions, **NO_TRUST, "sessions": [one]}
    app = {
        "id": "shop",
        "name": shop,
        "host": "shop.example.jp",
        "logo_url": None,
        "since": NOW - timedelta(days=20),
        "used_at": NOW,
        "scopes": [t("Your name", "お名前"), t("Your e-mail address", "メールアドレス")],
        "remove_href": "/account/apps/shop/remove",
    }
    remove = {**base, "app": app, "scopes": app["scopes"], "back_href": "/account/apps"}
    return [
        State("account-sessions", "account/sessions", sessions),
        State("account-sessions-one", "account/sessions", alone),
        State("account-apps", "account/connected_apps", {**base, "apps": [app]}),
        State("account-apps-none", "account/connected_apps", {**base, "apps": []}),
        State("account-app-remove", "account/connected_app_remove", remove),
    ]


def _account_consents(t: T, base: Mapping[str, object]) -> list[State]:
    news, suggestions = purposes(t)
    receipt = {
        "id": "rcp_01JD9X4T7Q",
        "title": news["title"],
        "decision": "given",
        "when": NOW,
        "version": "2",
        "purpose": news["what"],
        "recipient": news["recipient"],
        "data": [t("E-mail address", "メールアドレス"), t("Name", "氏名")],
        "notice_href": "/notices/news",
        "channel": Text(t("Registration page", "アカウント作成の画面")),
        "signed_by": "es256-2026-11",
        "href": "/account/receipts/1",
        "download_href": "/account/receipts/1.json",
    }
    kinds = ["given", "refused", "withdrawn", "accepted", "granted", "removed"]
    consents = {
        **base,
        "purposes": [
            {**news, "version": 2, "given": True, "since": NOW - timedelta(days=2)},
            {**suggestions, "version": 1, "given": None, "since": None},
        ],
        "notices": [{**notice, "accepted_at": NOW - timedelta(days=2)} for notice in notices(t)],
        "receipts": [{**receipt, "decision": kind} for kind in kinds],
    }
    empty = {**consents, "purposes": [], "notices": [], "receipts": []}
    saved = {
        **consents,
        "message": Text(
            t("Withdrawn. It took effect at once.", "撤回しました。すでに反映されています。")
        ),
    }
    page = {**base, "receipt": receipt, "download_href": "/x", "back_href": "/account/consents"}
    return [
        State("account-consents", "account/consents", consents),
        State("account-consents-withdrawn", "account/consents", saved),
        State("account-consents-none", "account/consents", empty),
        State("account-receipt", "account/receipt", page),
    ]
