"""Sample data of the pages that people come in by: sign in, sign up, prove, recover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ciam.federation.catalogue import find_mark
from ciam.texts import Text
from ciam.web.forms import FormState
from tests.browser.gallery.attribute_states import (
    every_field,
    every_field_wrong,
    question_pages,
)
from tests.browser.gallery.passkey_states import OPTIONS
from tests.browser.gallery.work_states import work_pages
from tests.browser.gallery.world import (
    EMAIL,
    GREEN,
    NOW,
    YELLOW,
    State,
    T,
    details,
)


def entry_pages(t: T, shop: str) -> list[State]:
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
    asked = details(t)
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
        State("sign-up-details", "sign_up_details", asked),
        State("sign-up-details-mended", "sign_up_details", {**asked, "form": mended}),
        State("sign-up-details-much", "sign_up_details", {**asked, "fields": every_field(t)}),
        State(
            "sign-up-details-much-mended",
            "sign_up_details",
            {**asked, "fields": every_field(t), "form": every_field_wrong()},
        ),
        *(State(*one) for one in question_pages(t)),
    ]


def proving_pages(t: T) -> list[State]:
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
