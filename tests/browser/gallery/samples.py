"""Sample data: each state of each page, in English or Japanese. The names are obviously made up."""

from __future__ import annotations

from tests.browser.gallery.account_states import account_pages
from tests.browser.gallery.consent_states import consent_pages, leaving_pages
from tests.browser.gallery.console_states import console_pages
from tests.browser.gallery.editing_states import editing_pages
from tests.browser.gallery.entry_states import entry_pages, proving_pages
from tests.browser.gallery.world import (
    State,
)


def states(language: str) -> list[State]:
    """Return every page in every state, its data in a language."""

    def t(english: str, japanese: str) -> str:
        return japanese if language == "ja" else english

    journey = {"journey": "journey-of-the-gallery", "csrf_token": "token-of-the-gallery"}
    shop = t("Komorebi Market", "木漏れ日マーケット")
    found = [
        *entry_pages(t, shop),
        *proving_pages(t),
        *consent_pages(t, shop),
        *leaving_pages(t, shop),
        *account_pages(t, shop),
        *(State(*page) for page in console_pages(t)),
        *(State(*page) for page in editing_pages(t)),
    ]
    return [State(s.name, s.page, {**journey, **s.context}, s.brand) for s in found]
