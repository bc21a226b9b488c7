"""Sample data of the console: coming in, each entry of the menu, one customer in each state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from ciam.administration.catalogue import Entry, Version
from ciam.administration.customer_view import (
    AllowedApp,
    CustomerView,
    Field,
    HistoryEntry,
    JudgedSignIn,
    PurposeState,
    RememberedDevice,
    SeenSession,
    WayIn,
)
from ciam.administration.roles import DUTIES, OWNER, ROLES, SUPPORT, TITLES, VIEWER
from ciam.audit.events import EventKind
from ciam.authentication.risk_signals import SIGNALS
from ciam.texts import Text
from ciam.web.admin.desk import DONE, menu_of
from ciam.web.admin.event_words import EVENT_WORDS, event_words
from ciam.web.admin.words import ACTORS, IDENTIFIER_KINDS, METHODS, STATES, VERDICTS
from ciam.web.forms import FormState
from ciam.web.qr import qr_svg
from tests.browser.gallery.attribute_states import console_attribute_pages

_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_T = Callable[[str, str], str]
_Page = tuple[str, str, Mapping[str, object]]
_ID = "cus_7h2k9v4mqx3tn8wd5y6z0bcf"


def console_pages(t: _T) -> list[_Page]:
    """Give name, page and context of each state."""
    attributes = console_attribute_pages(t, _desk(t, VIEWER))
    return [*_doors(t), *_lists(t), *_customer(t), *_consent(t), *attributes, *_others(t)]


def _desk(t: _T, role: str) -> dict[str, Any]:
    return {
        "operator": {"name": t("Jiro Tanaka", "田中 次郎"), "roles": [TITLES[role]]},
        "menu": menu_of(ROLES[role]),
        "may": ROLES[role],
    }


def _doors(t: _T) -> list[_Page]:
    wrong = FormState(
        {"identifier": "jiro@example.jp"},
        alert=Text("That e-mail, password and code do not match. A code works only once."),
    )
    door: dict[str, object] = {"action": "/admin/sign-in", "return_to": "/admin"}
    seed = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
    join: dict[str, object] = {
        "action": "/admin/join",
        "token": "token",
        "email": "jiro@example.jp",
        "roles": [TITLES[SUPPORT]],
        "expires_at": _NOW + timedelta(hours=24),
        "qr": qr_svg(f"otpauth://totp/Tsumugi:jiro%40example.jp?secret={seed.replace(' ', '')}"),
        "seed": seed,
        "password_min_length": 10,
    }
    late = FormState(
        {"name": t("Jiro Tanaka", "田中 次郎")},
        {
            "password": Text("Use at least {n} characters.", n=10),
            "code": Text("That code is not right. Wait for the next one and enter it here."),
        },
    )
    return [
        ("console-sign-in", "admin/sign_in", door),
        ("console-sign-in-refused", "admin/sign_in", {**door, "form": wrong}),
        ("console-confirm", "admin/confirm", {**door, "email": "jiro@example.jp"}),
        ("console-join", "admin/join", join),
        ("console-join-mended", "admin/join", {**join, "form": late}),
    ]


def _lists(t: _T) -> list[_Page]:
    home: dict[str, object] = {"clients": 3, "pending": 0}
    nobody = Text("Nobody has exactly this address, number, name or ID.")
    languages = [{"code": "ja", "label": "日本語"}, {"code": "en", "label": "English"}]
    search: dict[str, object] = {
        **_desk(t, SUPPORT),
        "mail_languages": languages,
        "form": FormState({"language": t("en", "ja")}),
    }
    wrong = FormState(
        {"email": "goro@", "language": "ja"},
        {
            "email": Text("Enter an e-mail address like name@example.com."),
            "reason": Text("Say why in a few words."),
        },
    )
    homes: list[_Page] = [
        (
            f"console-home-{role}",
            "admin/home",
            {**_desk(t, role), **home, "roles": [{"title": TITLES[role], "duty": DUTIES[role]}]},
        )
        for role in (OWNER, SUPPORT)
    ]
    return [
        *homes,
        ("console-customers", "admin/customers", {**search, "not_found": None}),
        ("console-nobody", "admin/customers", {**search, "not_found": nobody}),
        ("console-invite-mended", "admin/customers", {**search, "not_found": None, "form": wrong}),
    ]


def _customer(t: _T) -> list[_Page]:
    since = _NOW - timedelta(days=400)
    session = UUID(int=7)
    view = CustomerView(
        _ID,
        "active",
        since,
        "ja",
        identifiers=[
            Field("identifier:1", "email", "h•••@example.jp", "sign_up", True, since, since),
            Field("identifier:2", "phone", "•••34", "import:2024-shops", False, None, since),
        ],
        attributes=[
            Field("attribute:family_name", "family_name", "•••", "sign_up", False, None, since),
            Field(
                "attribute:family_name#ja-Kana-JP",
                "family_name#ja-Kana-JP",
                "•••",
                "import:2024-shops",
                False,
                None,
                since,
            ),
        ],
        ways_in=[
            WayIn("password", None, since, _NOW - timedelta(days=2)),
            WayIn("federated", "line", since, None),
        ],
        sessions=[SeenSession(session, "", "192.0.•••", since, _NOW, ("pwd",))],
        remembered_devices=[RememberedDevice(UUID(int=8), "", since, _NOW + timedelta(days=20))],
        risks=[
            JudgedSignIn(
                _NOW,
                "refuse",
                "observe",
                120,
                "BR",
                {
                    "new_device": 15,
                    "new_country": 25,
                    "impossible_travel": 45,
                    "anonymous_network": 35,
                },
                True,
            ),
            JudgedSignIn(
                _NOW - timedelta(hours=1),
                "ask",
                "enforce",
                60,
                "FR",
                {"new_country": 25, "anonymous_network": 35},
                False,
            ),
            JudgedSignIn(_NOW - timedelta(hours=3), "allow", "enforce", 0, "JP", {}, True),
        ],
        apps=[
            AllowedApp(
                "shop",
                t("Komorebi Market", "木漏れ日マーケット"),
                ("email", "openid", "profile"),
                since,
            )
        ],
        purposes=[
            PurposeState("news", t("News by e-mail", "メールでのお知らせ"), True),
            PurposeState("tips", t("Suggestions", "購入履歴にもとづくおすすめ"), False),
        ],
        events=[
            HistoryEntry("sign_in.refused", _NOW, "customer"),
            HistoryEntry("customer.seen", _NOW, "operator"),
        ],
    )
    base: dict[str, object] = {
        **_desk(t, SUPPORT),
        "view": view,
        "path": f"/admin/customers/{_ID}",
        "revealed": {},
        "is_fresh": True,
        "state_name": STATES["active"],
        "labels": {
            "identifier:1": IDENTIFIER_KINDS["email"],
            "identifier:2": IDENTIFIER_KINDS["phone"],
            "attribute:family_name": Text("Family name"),
            "attribute:family_name#ja-Kana-JP": Text("Family name"),
        },
        "method_names": METHODS,
        "devices": {
            session: t("Chrome on Windows", "WindowsのChrome"),
            UUID(int=8): t("Safari on iPhone", "iPhoneのSafari"),
        },
        "verdicts": VERDICTS,
        "signals": {one.name: one.title for one in SIGNALS},
        "actors": ACTORS,
        "words": EVENT_WORDS,
    }
    shown = {"identifier:1": "hanako.yamada.with-a-rather-long-name@mail.example.jp"}
    erased = CustomerView(_ID, "erased", since, None)
    barred = CustomerView(_ID, "disabled", since, "en")
    alert = FormState(alert=Text("Say why in a few words."))
    return [
        ("console-customer", "admin/customer", base),
        ("console-customer-shown", "admin/customer", {**base, "revealed": shown}),
        (
            "console-customer-done",
            "admin/customer",
            {**base, "is_fresh": False, "message": DONE["mailed"]},
        ),
        (
            "console-customer-disabled",
            "admin/customer",
            {**base, "view": barred, "state_name": STATES["disabled"], "form": alert},
        ),
        (
            "console-customer-erased",
            "admin/customer",
            {**base, "view": erased, "state_name": STATES["erased"]},
        ),
    ]


def _consent(t: _T) -> list[_Page]:
    texts = {
        "en": {"title": "News by e-mail", "what": "We send news.", "why": "So that you hear of it.",
               "recipient": "Tsumugi Inc."},
        "ja": {"title": "メールでのお知らせ", "what": "お知らせを送ります。",
               "why": "新着をお伝えするためです。", "recipient": "株式会社つむぎ"},
    }  # fmt: skip
    document = {"lawful_basis": "consent", "attributes": ["email"], "texts": texts}
    title = t("News by e-mail", "メールでのお知らせ")
    newest = Version(
        "2",
        title,
        document,
        is_in_force=True,
        asks_again=True,
        effective_from=_NOW,
        recorded_at=_NOW,
    )
    first = Version(
        "1",
        title,
        document,
        is_in_force=False,
        asks_again=True,
        effective_from=_NOW - timedelta(days=300),
        recorded_at=_NOW - timedelta(days=300),
    )
    entry = Entry("news", (newest, first), None)
    base: dict[str, object] = {**_desk(t, VIEWER), "path": "/admin/purposes", "section": "purposes"}
    notices = {**base, "path": "/admin/notices", "section": "notices"}
    terms = {
        "en": {"title": "Terms of use", "body": "# One\n\nThe first paragraph.\n\n- a\n- b"},
    }
    notice = Entry(
        "terms",
        (
            Version(
                "2026-04",
                t("Terms of use", "利用規約"),
                {"texts": terms},
                is_in_force=True,
                asks_again=True,
                effective_from=_NOW,
                recorded_at=_NOW,
            ),
        ),
        None,
    )
    return [
        ("console-purposes", "admin/entries", {**base, "entries": [entry]}),
        ("console-notices-none", "admin/entries", {**notices, "entries": []}),
        ("console-purpose", "admin/entry", {**base, "entry": entry}),
        ("console-notice", "admin/entry", {**notices, "entry": notice}),
    ]


def _others(t: _T) -> list[_Page]:
    client = SimpleNamespace(
        client_id="shop",
        disabled_at=None,
        first_party=True,
        token_endpoint_auth_method="client_secret_basic",
        grant_types={"authorization_code", "refresh_token"},
        scope={"openid", "email"},
        redirect_uris=["https://shop.example.com/callback"],
        post_logout_redirect_uris=[],
        audience=[],
        subject_type="public",
        access_token_format="jwt",
        refresh_rotation="auto",
        recipient_kind="ourselves",
        managed_by="file",
    )
    name = t("Komorebi Market", "木漏れ日マーケット")
    one = SimpleNamespace(
        id=UUID(int=1), name=t("Jiro Tanaka", "田中 次郎"), email="jiro@example.jp",
        is_active=True, signed_in_at=_NOW,
    )  # fmt: skip
    other = SimpleNamespace(
        id=UUID(int=2), name=t("Saburo Suzuki", "鈴木 三郎"), email="saburo@example.jp",
        is_active=True, signed_in_at=None,
    )  # fmt: skip
    barred = SimpleNamespace(
        id=UUID(int=3), name=t("Shiro Sato", "佐藤 四郎"), email="shiro@example.jp",
        is_active=False, signed_in_at=_NOW,
    )  # fmt: skip
    invitation = SimpleNamespace(email="goro@example.jp", expires_at=_NOW + timedelta(hours=20))
    operators: dict[str, object] = {
        **_desk(t, OWNER),
        "path": "/admin/operators",
        "operators": [
            {"operator": one, "roles": [TITLES[OWNER]], "is_me": True},
            {"operator": other, "roles": [TITLES[SUPPORT], TITLES[VIEWER]], "is_me": False},
            {"operator": barred, "roles": [TITLES[SUPPORT]], "is_me": False},
        ],
        "invited": [{"invitation": invitation, "roles": [TITLES[VIEWER]]}],
        "roles": [{"key": key, "title": TITLES[key], "duty": DUTIES[key]} for key in TITLES],
    }
    mended = FormState(
        {"email": "goro@"},
        {
            "email": Text("Enter an e-mail address like name@example.com."),
            "role": Text("Choose a role."),
        },
    )
    return [
        (
            "console-apps",
            "admin/clients",
            {
                **_desk(t, VIEWER),
                "path": "/admin/clients",
                "clients": [{"client": client, "name": name}],
            },
        ),
        ("console-app", "admin/client", {**_desk(t, VIEWER), "client": client, "title": name}),
        ("console-operators", "admin/operators", operators),
        ("console-operators-mended", "admin/operators", {**operators, "form": mended}),
        *_audit(t),
    ]


def _audit(t: _T) -> list[_Page]:
    events = [
        SimpleNamespace(
            kind=kind, occurred_at=_NOW - timedelta(minutes=number), actor_kind=actor_kind,
            actor=actor, customer="9f3c2a7b01d4", details=details,
        )
        for number, (kind, actor_kind, actor, details) in enumerate(
            [
                ("customer.revealed", "operator", "op-1", {"field": "email", "reason": "No. 4821"}),
                ("sign_in.refused", "anyone", None, {"method": "password"}),
                ("token.issued", "client", "shop", {"scopes": ["openid", "email"]}),
            ]
        )
    ]  # fmt: skip
    empty = dict.fromkeys(("kind", "customer_id", "operator", "since", "until"), "")
    base: dict[str, object] = {
        **_desk(t, VIEWER),
        "form": FormState(empty),
        "kinds": [{"key": str(kind), "name": event_words(kind)} for kind in EventKind],
        "words": {one.kind: event_words(one.kind) for one in events},
        "events": events,
        "names": {"op-1": t("Jiro Tanaka", "田中 次郎")},
        "actors": ACTORS,
        "older": "/admin/audit?before=1",
        "is_search": False,
    }
    wanted = FormState({**empty, "kind": "key.rotated", "since": "2026-11-01"})
    found = {**base, "events": [], "older": None, "is_search": True, "form": wanted}
    return [
        ("console-audit", "admin/audit", base),
        ("console-audit-none", "admin/audit", found),
    ]
