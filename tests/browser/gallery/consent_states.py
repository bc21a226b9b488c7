"""Sample data of what is asked and said around an app: consent, notices, signing out, errors."""

from __future__ import annotations

from datetime import timedelta

from ciam.federation.refusals import ProviderDown
from ciam.texts import Text
from ciam.web.forms import FormState
from tests.browser.gallery.world import (
    EMAIL,
    NOW,
    State,
    T,
    notices,
    purposes,
)


def consent_pages(t: T, shop: str) -> list[State]:
    scopes = [
        {
            "key": "profile",
            "title": t("Your name", "お名前"),
            "data": [
                {"label": t("Name", "氏名"), "value": t("Hanako Yamada", "山田 花子")},
                {"label": t("Language", "言語"), "value": t("English", "日本語")},
            ],
            "already": False,
        },
        {
            "key": "email",
            "title": t("Your e-mail address", "メールアドレス"),
            "data": [{"label": t("E-mail", "メール"), "value": EMAIL}],
            "already": True,
        },
        {
            "key": "phone",
            "title": t("Your phone number", "電話番号"),
            "data": [{"label": t("Phone", "電話"), "value": None}],
            "already": False,
        },
    ]
    client = {
        "name": shop,
        "host": "shop.example.jp",
        "logo_url": None,
        "privacy_href": "https://shop.example.jp/privacy",
        "terms_href": None,
    }
    long_client = {
        **client,
        "name": t(
            "The Very Long-Named Cooperative of Regional Craft Producers",
            "地域工芸生産者協同組合連合会オンラインショップ",
        ),
        "host": "a-very-long-host-name.shop.department.example.jp",
        "terms_href": "https://shop.example.jp/terms",
    }
    base: dict[str, object] = {
        "action": "/consent",
        "client": client,
        "customer_label": EMAIL,
        "switch_href": "/sign-in?switch",
        "scopes": scopes,
        "offline": False,
        "notices": [],
        "purposes": [],
        "return_host": "shop.example.jp",
    }
    changed = [
        {
            **notices(t)[1],
            "version": "6",
            "changed": t(
                "New: who receives delivery addresses. In force since 1 December 2026.",
                "2026年12月1日から、配送先情報の提供先が増えます。",
            ),
        }
    ]
    unread = FormState(
        errors={
            "notice_privacy": Text(
                t("To go on, please agree to this.", "続けるには同意が必要です。")
            )
        }
    )
    body = t(
        "We write here what we do with your data, and why.\n\n# What we hold\n\n"
        "What you told us:\n- your name\n- your e-mail address\n\n# For how long\n\n"
        "As long as you have an account, and 30 days after.",
        "お客様の情報をどのように、何のために扱うかを記載しています。\n\n# お預かりする情報\n\n"
        "次の情報をお預かりします。\n"
        "- お名前\n- メールアドレス\n\n# 保存する期間\n\n"
        "アカウントをお持ちの間と、その後30日間です。",
    )
    notice = {
        "title": t("Privacy notice", "プライバシーポリシー"),
        "version": "5",
        "effective_from": NOW - timedelta(days=30),
        "body": body,
        "body_language": t("en", "ja"),
        "current": True,
        "versions": [
            {"version": number, "effective_from": since, "href": "?v", "current": number == "5"}
            for number, since in (("5", NOW - timedelta(days=30)), ("4", NOW - timedelta(days=400)))
        ],
        "back_href": "/sign-up",
    }
    everything = {**base, "offline": True, "notices": changed, "purposes": purposes(t)}
    only_notices = {**base, "client": None, "scopes": [], "notices": changed, "return_host": None}
    return [
        State("consent", "consent", base),
        State("consent-everything", "consent", {**everything, "form": unread}),
        State("consent-long-name", "consent", {**base, "client": long_client}),
        State("consent-only-notices", "consent", only_notices),
        State("notice", "notice", notice),
        State("notice-earlier", "notice", {**notice, "version": "4", "current": False}),
    ]


def leaving_pages(t: T, shop: str) -> list[State]:
    sign_out = {
        "action": "/sign-out",
        "fields": {"state": "xyz"},
        "client_name": shop,
        "customer_label": EMAIL,
        "stay_href": "/account",
    }
    error = {
        "status": 400,
        "title": Text(t("This page has expired", "このページは有効期限が切れています")),
        "detail": Text(
            t(
                "Please go back to the shop or app and begin again.",
                "お店やアプリに戻り、はじめからやり直してください。",
            )
        ),
        "request_id": "req-7Q2MX9C4",
        "way_on_href": "/",
        "way_on_label": Text(t("Back to {client}", "{client}に戻る"), client=shop),
        "client_name": shop,
    }
    bare = {**error, "detail": None, "way_on_href": None, "way_on_label": None}
    down = ProviderDown("LINE", "")
    provider = {**error, "status": down.status, "title": down.title, "detail": down.text}
    ended = {"client_name": shop, "continue_href": "/", "sign_in_href": "/sign-in"}
    return [
        State("sign-out", "sign_out", sign_out),
        State("signed-out", "signed_out", ended),
        State(
            "signed-out-alone", "signed_out", {**ended, "client_name": None, "continue_href": None}
        ),
        State("error", "error", error),
        State("error-bare", "error", bare),
        State("error-provider-down", "error", provider),
    ]
