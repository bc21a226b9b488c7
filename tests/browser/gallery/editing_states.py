"""Sample data of what is changed in the console: forms, what they change, the secret shown once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ciam.administration.differences import Difference
from ciam.administration.editing import Saved
from ciam.administration.roles import OWNER, ROLES, TITLES
from ciam.texts import Text
from ciam.web.admin.desk import DONE, menu_of
from ciam.web.admin.editing import client, notice, purpose
from ciam.web.forms import FormState

_T = Callable[[str, str], str]
_Page = tuple[str, str, Mapping[str, object]]
_CLIENT: dict[str, Any] = {
    "client_name": {"en": "Komorebi Market", "ja": "木漏れ日マーケット"},
    "redirect_uris": ["https://shop.example.com/callback", "https://shop.example.com/app/callback"],
    "scope": "openid profile email offline_access",
    "grant_types": ["authorization_code", "refresh_token"],
    "first_party": True,
    "require_pkce": True,
    "contacts": ["shop@example.com"],
}
_PURPOSE: dict[str, Any] = {
    "texts": {
        "ja": {
            "title": "メールでのお知らせ",
            "what": "メールアドレスを使って、新商品とセールをお知らせします。",
            "why": "お得な情報をお届けするためです。",
            "recipient": "株式会社つむぎ",
        },
        "en": {
            "title": "News by e-mail",
            "what": "We use your address to tell you of new things and sales.",
            "why": "So that you hear of them.",
            "recipient": "Tsumugi Inc.",
        },
    },
    "attributes": ["email"],
    "recipients": [{"kind": "ourselves", "clients": ["shop"]}],
    "storage_locations": ["JP"],
    "jurisdiction": "JP",
    "controller": {
        "id": "https://tsumugi.example.com",
        "name": "株式会社つむぎ",
        "address": "東京都千代田区見本町1-2-3",
        "contact": "privacy@example.com",
        "country": "JP",
    },
}


def editing_pages(t: _T) -> list[_Page]:
    """Give name, page and context of each state."""
    desk: dict[str, Any] = {
        "operator": {"name": t("Jiro Tanaka", "田中 次郎"), "roles": [TITLES[OWNER]]},
        "menu": menu_of(ROLES[OWNER]),
        "may": ROLES[OWNER],
    }
    app = {**desk, **_form(client.EDITOR), "is_of_files": False, "heading": "shop"}
    values = client.EDITOR.values(_CLIENT)
    wrong = FormState(
        {**values, "redirect_uris": "http://shop.example.com/callback"},
        {
            "redirect_uris": Text(
                "This does not fit: {why}", why="http://shop.example.com/callback is http"
            ),
            "takes_over": Text("Config files manage this. Change it there, or take it over below."),
        },
    )
    again = {**desk, **_form(purpose.EDITOR), "is_of_files": False, "heading": "news"}
    terms = {**desk, **_form(notice.EDITOR), "is_of_files": False}
    return [
        ("console-edit-app", "admin/edit", {**app, "form": FormState(values)}),
        ("console-edit-app-mended", "admin/edit", {**app, "is_of_files": True, "form": wrong}),
        (
            "console-edit-purpose",
            "admin/edit",
            {**again, "form": FormState(purpose.EDITOR.values(_PURPOSE))},
        ),
        (
            "console-edit-notice-new",
            "admin/edit",
            {
                **terms,
                "is_new": True,
                "heading": notice.EDITOR.new_title,
                "form": FormState(notice.EDITOR.values({})),
            },
        ),
        *_after(t, desk),
    ]


def _form(editor: Any) -> dict[str, Any]:  # noqa: ANN401 - one of three
    return {
        "section": editor.section,
        "path": f"/admin/edit/{editor.section}/shop",
        "back": f"/admin/{editor.section}/shop",
        "is_new": False,
        "key_field": editor.key_field,
        "groups": editor.groups,
    }


def _after(t: _T, desk: dict[str, Any]) -> list[_Page]:
    was = t(
        "We use your address to tell you of sales.",
        "メールアドレスを使って、セールをお知らせします。",
    )
    now = t(
        "We use your address to tell you of new things and sales.",
        "メールアドレスを使って、新商品とセールをお知らせします。",
    )
    planned = Saved(
        is_new=False,
        differences=(
            Difference("texts.ja.what", was, now),
            Difference("attributes", "email", "email\nbirthdate"),
            Difference("retention_days", "", "730"),
        ),
        asks_again=True,
    )
    check: dict[str, Any] = {
        **desk,
        "section": "purposes",
        "path": "/admin/edit/purposes/news",
        "heading": "news",
        "planned": planned,
        "kept": {"revision": "1"},
        "takes_over": True,
    }
    reason = FormState({}, {"reason": Text("Say why in a few words.")})
    same = {**check, "planned": Saved(is_new=False, differences=()), "takes_over": False}
    secret: dict[str, Any] = {
        **desk,
        "section": "clients",
        "key": "shop",
        "path": "/admin/clients/shop",
        "secret": "ciam_cs_" + "made-up" * 6,
    }
    return [
        ("console-edit-check", "admin/edit_check", check),
        ("console-edit-check-reason", "admin/edit_check", {**check, "form": reason}),
        ("console-edit-check-nothing", "admin/edit_check", same),
        ("console-edit-secret", "admin/edit_secret", {**secret, "message": DONE["saved"]}),
    ]
