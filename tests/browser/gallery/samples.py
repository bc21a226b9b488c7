"""Sample data: each state of each page, in English or Japanese. The names are obviously made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ciam.federation.catalogue import find_mark
from ciam.federation.refusals import ProviderDown
from ciam.rendering import Brand, BrandLinks
from ciam.texts import Text
from ciam.web.forms import FormState
from tests.browser.gallery.attribute_states import (
    every_field,
    every_field_wrong,
    name_fields,
    profile_fields,
    question_pages,
)
from tests.browser.gallery.console_states import console_pages
from tests.browser.gallery.data_states import data_pages
from tests.browser.gallery.device_states import NO_TRUST, remembered
from tests.browser.gallery.editing_states import editing_pages
from tests.browser.gallery.login_states import login_pages
from tests.browser.gallery.lost_factor_states import lost_factor_mail
from tests.browser.gallery.passkey_states import OPTIONS, passkey_pages
from tests.browser.gallery.phone_states import phone_pages
from tests.browser.gallery.second_factor_states import second_factor_pages
from tests.browser.gallery.work_states import work_pages

NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
EMAIL = "hanako.yamada@example.jp"

LINKS = BrandLinks(home="/", help="/help", terms="/notices/terms", privacy="/notices/privacy")
PLAIN = Brand(name="Tsumugi", names={"ja": "つむぎ"}, links=LINKS)
GREEN = Brand(
    key="komorebi",
    name="Komorebi Market",
    names={"ja": "木漏れ日マーケット"},
    accent="#2f7d4f",
    radius=20,
    typeface="rounded",
    links=BrandLinks(help="/help"),
)
YELLOW = Brand(key="hinata", name="Hinata", accent="#a86a00", radius=0, typeface="serif")


@dataclass(frozen=True)
class State:
    """One page in one state."""

    name: str
    page: str
    context: Mapping[str, object]
    brand: Brand = PLAIN


def states(language: str) -> list[State]:
    """Return every page in every state, its data in a language."""

    def t(english: str, japanese: str) -> str:
        return japanese if language == "ja" else english

    journey = {"journey": "journey-of-the-gallery", "csrf_token": "token-of-the-gallery"}
    shop = t("Komorebi Market", "木漏れ日マーケット")
    found = [
        *_coming_in(t, shop),
        *_proving(t),
        *_consenting(t, shop),
        *_leaving(t, shop),
        *_account(t, shop),
        *(State(*page) for page in console_pages(t)),
        *(State(*page) for page in editing_pages(t)),
    ]
    return [State(s.name, s.page, {**journey, **s.context}, s.brand) for s in found]


T = Callable[[str, str], str]


def _purposes(t: T) -> list[Mapping[str, object]]:
    return [
        {
            "key": "news",
            "title": t("News by e-mail", "メールでのお知らせ"),
            "what": t(
                "We send offers and news to your address, at most once a week.",
                "新商品やお得な情報を、多くても週に1回メールでお送りします。",
            ),
            "why": t(
                "So that you hear of sales in time.", "セールの時期を逃さずお知らせするためです。"
            ),
            "recipient": t("Tsumugi Inc.", "株式会社つむぎ"),
            "href": "/notices/news",
            "version": 1,
        },
        {
            "key": "suggestions",
            "title": t("Suggestions from what you bought", "購入履歴にもとづくおすすめ"),
            "what": t(
                "We look at what you bought to choose what we show you.",
                "購入履歴を使って、表示する商品を選びます。",
            ),
            "why": t(
                "So that you see less of what does not matter.",
                "関心のない商品の表示を減らすためです。",
            ),
            "recipient": t(
                "Tsumugi Inc. and Komorebi Logistics Partners Ltd.",
                "株式会社つむぎ、木漏れ日ロジスティクスパートナーズ株式会社",
            ),
            "href": "/notices/suggestions",
            "version": 1,
        },
    ]


def _notices(t: T) -> list[Mapping[str, object]]:
    return [
        {
            "key": "terms",
            "title": t("Terms of use", "利用規約"),
            "version": "3",
            "href": "/notices/terms",
            "changed": None,
        },
        {
            "key": "privacy",
            "title": t("Privacy notice", "プライバシーポリシー"),
            "version": "5",
            "href": "/notices/privacy",
            "changed": None,
        },
    ]


def _details(t: T) -> dict[str, object]:
    return {
        "action": "/sign-up/details",
        "email": EMAIL,
        "password_min_length": 10,
        "fields": name_fields(t),
        "passkey_options": OPTIONS,
        "notices": _notices(t),
        "purposes": _purposes(t),
    }


def _coming_in(t: T, shop: str) -> list[State]:
    base: dict[str, object] = {
        "action": "/sign-in",
        "step": "both",
        "client_name": None,
        "sign_up_href": "/sign-up",
        "recovery_href": "/recovery",
        "has_password": True,
        "code_action": "/sign-in/code",
        "change_href": None,
        "providers": [],
        "passkey_action": None,
        "passkey_options": OPTIONS,
    }
    providers = [
        {"key": key, "name": name, "action": f"/federation/{key}", "mark": find_mark(key)}
        for key, name in (
            ("line", "LINE"),
            ("yahoo_japan", "Yahoo! JAPAN"),
            ("google", "Google"),
            ("apple", "Apple"),
            ("microsoft", "Microsoft"),
            ("daccount", t("d account", "dアカウント")),
        )
    ]
    refused = FormState(
        values={"identifier": EMAIL},
        alert=Text(
            t(
                "That e-mail and password do not match.",
                "メールアドレスまたはパスワードが正しくありません。",
            )
        ),
    )
    missing = FormState(
        errors={
            "identifier": Text(
                t("Enter your e-mail address.", "メールアドレスを入力してください。")
            ),
            "password": Text(t("Enter your password.", "パスワードを入力してください。")),
        }
    )
    details = _details(t)
    mended = FormState(
        values={
            "family_name": t("Yamada", "山田"),
            "notice_terms": "3",
            "purpose_news": "give",
            "shown_news": "1",
            "purpose_suggestions": "refuse",
            "shown_suggestions": "1",
        },
        errors={
            "given_name": Text(t("Enter your given name.", "名を入力してください。")),
            "password": Text(
                t("Use at least {least} characters.", "{least}文字以上にしてください。"), least=10
            ),
            "notice_privacy": Text(
                t(
                    "To create an account, please agree to this.",
                    "アカウントの作成には同意が必要です。",
                )
            ),
        },
    )
    sign_up = {
        "action": "/sign-up",
        "client_name": shop,
        "sign_in_href": "/sign-in",
        "providers": [],
    }
    wrong = FormState(
        values={"email": "hanako@"},
        errors={
            "email": Text(
                t(
                    "Enter an e-mail address such as name@example.jp.",
                    "name@example.jp のような形で入力してください。",
                )
            )
        },
    )
    known = FormState(values={"identifier": EMAIL})
    return [
        State("sign-in", "sign_in", base),
        State("sign-in-no-password", "sign_in", {**base, "has_password": False}),
        State("sign-in-for-a-client", "sign_in", {**base, "client_name": shop}),
        State("sign-in-refused", "sign_in", {**base, "client_name": shop, "form": refused}),
        State("sign-in-empty", "sign_in", {**base, "form": missing}),
        State(
            "sign-in-after-reset",
            "sign_in",
            {
                **base,
                "message": Text(
                    t(
                        "Your password was changed. Please sign in with the new one.",
                        "パスワードを変更しました。新しいパスワードでログインしてください。",
                    )
                ),
            },
        ),
        State(
            "sign-in-everything",
            "sign_in",
            {**base, "client_name": shop, "providers": providers, "passkey_action": "/passkey"},
        ),
        State("sign-in-brand-green", "sign_in", {**base, "client_name": shop}, GREEN),
        State("sign-in-brand-square", "sign_in", base, YELLOW),
        State("sign-in-identifier", "sign_in", {**base, "step": "identifier"}),
        State(
            "sign-in-password",
            "sign_in",
            {**base, "step": "password", "form": known, "change_href": "/sign-in"},
        ),
        *(State(name, page, shown) for name, page, shown in work_pages(base, sign_up, EMAIL)),
        State("sign-up", "sign_up", sign_up),
        State("sign-up-wrong", "sign_up", {**sign_up, "form": wrong}),
        State("sign-up-details", "sign_up_details", details),
        State("sign-up-details-mended", "sign_up_details", {**details, "form": mended}),
        State("sign-up-details-much", "sign_up_details", {**details, "fields": every_field(t)}),
        State(
            "sign-up-details-much-mended",
            "sign_up_details",
            {**details, "fields": every_field(t), "form": every_field_wrong()},
        ),
        *(State(*one) for one in question_pages(t)),
    ]


def _proving(t: T) -> list[State]:
    base: dict[str, object] = {
        "action": "/verify",
        "resend_action": "/verify/resend",
        "masked_address": "ha•••@example.jp",
        "expires_at": NOW + timedelta(minutes=10),
        "resend_wait_seconds": 0,
        "change_href": "/sign-up",
        "purpose": "sign_up",
        "sent_again": False,
    }
    wrong = FormState(
        errors={
            "code": Text(
                t(
                    "That code is not right. You have {left} more tries.",
                    "コードが正しくありません。あと{left}回入力できます。",
                ),
                left=3,
            )
        }
    )
    used_up = FormState(
        alert=Text(
            t(
                "Too many wrong codes. Please have a new code sent.",
                "入力できる回数を超えました。新しいコードをお送りします。",
            )
        )
    )
    long = "ha•••@a-very-long-name-of-a-mail-domain.department.example.jp"
    recovery = {"action": "/recovery", "sign_in_href": "/sign-in"}
    recovering = {"purpose": "recovery", "change_href": "/recovery"}
    new_password = {
        "action": "/recovery/password",
        "token": "token",
        "username": EMAIL,
        "password_min_length": 10,
    }
    link = {
        "action": "/verify/link",
        "token": "token",
        "masked_address": "ha•••@example.jp",
        "purpose": "sign_up",
    }
    breached = FormState(
        errors={
            "password": Text(
                t(
                    "This password is known from a leak elsewhere. Choose another.",
                    "このパスワードは、ほかのサービスから流出したものに含まれています。別のものにしてください。",
                )
            )
        }
    )
    return [
        State("verify-address", "verify_address", base),
        State("verify-address-wrong", "verify_address", {**base, "form": wrong}),
        State("verify-address-used-up", "verify_address", {**base, "form": used_up}),
        State(
            "verify-address-sent-again",
            "verify_address",
            {**base, "sent_again": True, "resend_wait_seconds": 45},
        ),
        State("verify-address-long", "verify_address", {**base, "masked_address": long}),
        State(
            "invitation",
            "invitation",
            {
                "action": "/invitation",
                "token": "token",
                "masked_address": "h•••@example.jp",
                "expires_at": datetime(2030, 4, 1, 3, 0, tzinfo=UTC),
            },
        ),
        State("verify-link", "verify_address_link", {**link, "same_browser": True}),
        State("verify-link-elsewhere", "verify_address_link", {**link, "same_browser": False}),
        State("recovery", "recovery", recovery),
        State("recovery-sent", "recovery_sent", {**base, **recovering}),
        State("recovery-new-password", "recovery_new_password", new_password),
        State(
            "recovery-new-password-breached",
            "recovery_new_password",
            {**new_password, "form": breached},
        ),
    ]


def _consenting(t: T, shop: str) -> list[State]:
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
            **_notices(t)[1],
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
    everything = {**base, "offline": True, "notices": changed, "purposes": _purposes(t)}
    only_notices = {**base, "client": None, "scopes": [], "notices": changed, "return_host": None}
    return [
        State("consent", "consent", base),
        State("consent-everything", "consent", {**everything, "form": unread}),
        State("consent-long-name", "consent", {**base, "client": long_client}),
        State("consent-only-notices", "consent", only_notices),
        State("notice", "notice", notice),
        State("notice-earlier", "notice", {**notice, "version": "4", "current": False}),
    ]


def _leaving(t: T, shop: str) -> list[State]:
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


def _account(t: T, shop: str) -> list[State]:
    customer = {"name": t("Hanako Yamada", "山田 花子"), "email": EMAIL}
    base: dict[str, object] = {"customer": customer, "action": "/account/x"}
    return [
        *_account_home(t, base),
        *_account_sessions(t, shop, base),
        *(State(*state) for state in data_pages(t, customer)),
        *_account_consents(t, base),
        *(State(name, page, context) for name, page, context in passkey_pages(t, customer)),
        *(State(*one) for one in second_factor_pages(t, customer)),
        *(State(*one) for one in phone_pages(t, customer, _details(t))),
        *(
            State(name, page, context)
            for name, page, context in login_pages(t, customer, _details(t))
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
    news, suggestions = _purposes(t)
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
        "notices": [{**notice, "accepted_at": NOW - timedelta(days=2)} for notice in _notices(t)],
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
            "roles": "support",
            "operators_link": "https://id.example.jp/admin/operators",
        },
        "set_password_hint": recovery,
    }
