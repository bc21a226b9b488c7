"""Sample data of the pages of connected logins: waiting, asked, listed, removed, undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.federation.catalogue import find_mark
from ciam.texts import Text
from ciam.web.forms import FormState

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_T = Callable[[str, str], str]


def login_pages(
    t: _T, customer: Mapping[str, object], sign_up: Mapping[str, object]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state; `sign_up` is what its details page needs."""
    login = {"provider": "LINE", "name": t("Hanako", "花子"), "email": "h•••@example.jp"}
    line = {
        "id": "1",
        "provider": "LINE",
        "label": t("Hanako", "花子"),
        "linked_at": _NOW - timedelta(days=90),
        "used_at": _NOW - timedelta(hours=3),
        "remove_href": "/account/linked-logins/remove?login=1",
    }
    google = line | {"id": "2", "provider": "Google", "label": "h•••@example.jp", "used_at": None}
    offers = [
        {"key": key, "name": name, "mark": find_mark(key), "action": "/account/linked-logins/add"}
        for key, name in (("line", "LINE"), ("google", "Google"))
    ]
    listing: dict[str, object] = {"customer": customer, "logins": [line, google], "offers": offers}
    last = FormState(
        alert=Text(
            "This is the only way into your account."
            " Set a password, or connect another login, first."
        )
    )
    one = {"customer": customer, "action": "/a", "back_href": "/account/linked-logins"}
    undo = {"action": "/linked-logins/undo", "provider": "LINE"}
    return [
        (
            "federation-start",
            "federation_start",
            {"url": "/go", "provider": "LINE", "wait_seconds": 90_000},
        ),
        (
            "federation-confirm",
            "federation_confirm",
            {"action": "/federation/confirm", "login": login, "account": "h•••@example.jp"},
        ),
        (
            "sign-up-pending",
            "sign_up",
            {
                "action": "/sign-up",
                "client_name": None,
                "sign_in_href": "/sign-in",
                "providers": [],
                "pending": login,
            },
        ),
        (
            "sign-up-details-pending",
            "sign_up_details",
            {**sign_up, "ask_password": False, "pending": login, "sign_in_href": "/sign-in"},
        ),
        ("account-logins", "account/linked_logins", listing),
        ("account-logins-none", "account/linked_logins", {**listing, "logins": []}),
        ("account-login-confirm", "account/linked_login_confirm", {**one, "login": login}),
        ("account-login-remove", "account/linked_login_remove", {**one, "login": google}),
        (
            "account-login-remove-last",
            "account/linked_login_remove",
            {**one, "login": google, "form": last},
        ),
        (
            "login-undo",
            "linked_login_undo",
            {**undo, "was_linked": True, "token": "x", "done": False},
        ),
        (
            "login-undone",
            "linked_login_undo",
            {**undo, "was_linked": True, "token": "", "done": True},
        ),
    ]
