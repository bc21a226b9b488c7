"""Example documents of purposes and notices, as an operator writes them."""

from typing import Any

from ciam.consent.notices import NoticeDocument
from ciam.consent.purposes import PurposeDocument

CONTROLLER = {
    "id": "https://shop.example.jp",
    "name": "Example Shop K.K.",
    "address": "1-1 Example, Chiyoda, Tokyo",
    "contact": "privacy@example.jp",
    "country": "JP",
}
PARTNER = {
    "id": "https://partner.example.com",
    "name": "Example Partner Inc.",
    "address": "1 Example Street, Exampleton",
    "contact": "privacy@example.com",
    "country": "US",
}


def newsletter(**changes: Any) -> PurposeDocument:  # noqa: ANN401 - any field of the document
    """Give a purpose of our own that no app receives anything for."""
    return PurposeDocument.model_validate(
        {
            "key": "newsletter",
            "texts": {
                "en": {
                    "title": "Newsletter",
                    "what": "We send you a mail each month.",
                    "why": "So that you hear of new goods.",
                    "recipient": "Example Shop",
                },
                "ja": {
                    "title": "お知らせメール",
                    "what": "毎月1回メールをお送りします。",
                    "why": "新しい商品をご案内するためです。",
                    "recipient": "サンプル商店",
                },
            },
            "controller": CONTROLLER,
            "recipients": [{"kind": "ourselves"}],
            "storage_locations": ["JP"],
            "jurisdiction": "JP",
        }
        | changes
    )


def sharing(**changes: Any) -> PurposeDocument:  # noqa: ANN401 - any field of the document
    """Give a purpose on which the address and a scope of one partner app rest."""
    return PurposeDocument.model_validate(
        {
            "key": "partner-offers",
            "texts": {
                "en": {
                    "title": "Offers of our partner",
                    "what": "The partner receives your e-mail address and purchases.",
                    "why": "So that it can make you offers.",
                    "recipient": "Example Partner Inc. (United States)",
                }
            },
            "controller": CONTROLLER,
            "recipients": [{"kind": "cross_border", "party": PARTNER, "clients": ["partner"]}],
            "attributes": ["email", "email_verified"],
            "scopes": ["purchases"],
            "retention_days": 365,
            "storage_locations": ["US"],
            "jurisdiction": "JP",
            "asked": "client",
        }
        | changes
    )


def terms(version: str = "2030-01", **changes: Any) -> NoticeDocument:  # noqa: ANN401 - any field of the document
    """Give the terms in a version."""
    return NoticeDocument.model_validate(
        {
            "key": "terms",
            "version": version,
            "kind": "terms",
            "texts": {
                "en": {"title": "Terms of use", "body": f"# Terms\n\nVersion {version}."},
                "ja": {"title": "利用規約", "body": f"# 利用規約\n\n{version} 版です。"},
            },
        }
        | changes
    )


def privacy(version: str = "2030-01", **changes: Any) -> NoticeDocument:  # noqa: ANN401 - any field of the document
    """Give the privacy notice in a version."""
    return NoticeDocument.model_validate(
        {
            "key": "privacy",
            "version": version,
            "kind": "privacy",
            "texts": {"en": {"title": "Privacy notice", "body": "What we do with data."}},
            "controller": CONTROLLER,
        }
        | changes
    )
