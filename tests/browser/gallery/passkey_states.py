"""Sample data of the passkey pages: none, several, the last one, the offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ciam.texts import Text
from ciam.web.forms import FormState

OPTIONS = "{}"
_NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)
_T = Callable[[str, str], str]


def passkey_pages(
    t: _T, customer: Mapping[str, object]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """Give name, page and context of each state."""
    synced = {
        "id": "1",
        "name": "Google Password Manager",
        "provider": "Google Password Manager",
        "synced": True,
        "added_at": _NOW - timedelta(days=120),
        "used_at": _NOW - timedelta(hours=3),
    }
    bound = {
        "id": "2",
        "name": t(
            "Security key on my ring", "キーホルダーのセキュリティキー（自宅の引き出しに保管）"
        ),
        "provider": "YubiKey 5 NFC",
        "synced": False,
        "added_at": _NOW - timedelta(days=2),
        "used_at": None,
    }
    listing: dict[str, object] = {
        "customer": customer,
        "passkeys": [synced, bound],
        "change_href": "/account/passkeys/change?passkey=",
        "add_action": "/account/passkeys/add",
        "options": OPTIONS,
    }
    one: dict[str, object] = {
        "customer": customer,
        "passkey": bound,
        "rename_action": "/account/passkeys/rename",
        "remove_action": "/account/passkeys/remove",
        "back_href": "/account/passkeys",
        "form": FormState({"name": str(bound["name"])}),
    }
    saved = Text(
        t(
            "Your passkey was saved. You can sign in with it from now on.",
            "パスキーを保存しました。次回からこのパスキーでログインできます。",
        )
    )
    last = Text(
        t(
            "This passkey is your only way in. Set a password or add another passkey first.",
            "ログインの手段がこのパスキーしかないため、削除できません。"
            "先にパスワードを設定するか、別のパスキーを追加してください。",
        )
    )
    not_saved = Text(
        t(
            "The passkey could not be saved. Please try again.",
            "パスキーを保存できませんでした。もう一度お試しください。",
        )
    )
    wrong = FormState(alert=not_saved)
    kept = FormState({"name": str(bound["name"])}, alert=last)
    offer: dict[str, object] = {
        "action": "/passkey-offer",
        "options": OPTIONS,
        "skip_href": "/account",
    }
    return [
        ("account-passkeys", "account/passkeys", listing),
        ("account-passkeys-none", "account/passkeys", {**listing, "passkeys": []}),
        ("account-passkeys-saved", "account/passkeys", {**listing, "message": saved}),
        ("account-passkeys-full", "account/passkeys", {**listing, "options": None}),
        ("account-passkeys-refused", "account/passkeys", {**listing, "form": wrong}),
        ("account-passkey-change", "account/passkey_change", {**one, "passkey": {**synced}}),
        ("account-passkey-last", "account/passkey_change", {**one, "form": kept}),
        ("passkey-offer", "passkey_offer", offer),
        ("passkey-offer-refused", "passkey_offer", {**offer, "form": wrong}),
    ]  # fmt: skip
