"""What every page of the gallery shows: brands, a customer, purposes and notices, all made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ciam.rendering import Brand, BrandLinks
from tests.browser.gallery.attribute_states import (
    name_fields,
)
from tests.browser.gallery.passkey_states import OPTIONS

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


T = Callable[[str, str], str]


def purposes(t: T) -> list[Mapping[str, object]]:
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


def notices(t: T) -> list[Mapping[str, object]]:
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


def details(t: T) -> dict[str, object]:
    return {
        "action": "/sign-up/details",
        "email": EMAIL,
        "password_min_length": 10,
        "fields": name_fields(t),
        "passkey_options": OPTIONS,
        "notices": notices(t),
        "purposes": purposes(t),
    }
