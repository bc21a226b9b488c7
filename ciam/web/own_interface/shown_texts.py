"""Notices and purposes in full, as a screen of an app has to show them before it asks.

What is sent is what the kept screen says: the answer names the version that was shown, and one
about another version is refused (`ciam.consent.questions`).
"""

from typing import Any

from ciam.consent.notices import list_notices, texts_in
from ciam.consent.purposes import find_purpose
from ciam.consent.questions import GIVE, REFUSE, NoticeQuestion, PurposeQuestion
from ciam.customers.definitions import load_schema
from ciam.web.own_interface.scene import Scene
from ciam.web.pages.notice import purpose_text


async def notice_choice(scene: Scene, asked: NoticeQuestion) -> dict[str, Any]:
    """Give a notice with its whole text, and the field that accepts this version."""
    listed = await list_notices(scene.transaction)
    notice = next(one for one in listed if one.id == asked.version_id)
    language, texts = texts_in(notice, scene.language)
    return {
        "key": asked.key,
        "title": asked.title,
        "version": asked.version,
        "changed": asked.changed,
        "required": asked.required,
        "text": texts.body,
        "language": language,
        "text_uri": scene.address(asked.href),
        "field": f"notice_{asked.key}",
        "values": [asked.version],
    }


async def purpose_choice(scene: Scene, asked: PurposeQuestion) -> dict[str, Any]:
    """Give a purpose with all that is to be known of it, and the fields that answer it."""
    purpose = await find_purpose(scene.transaction, asked.key)
    schema = await load_schema(scene.transaction)
    text = "" if purpose is None else purpose_text(scene.request, schema, purpose, scene.language)
    return {
        "key": asked.key,
        "title": asked.title,
        "version": asked.version,
        "what": asked.what,
        "why": asked.why,
        "recipient": asked.recipient,
        "text": text,
        "text_uri": scene.address(asked.href),
        "field": f"purpose_{asked.key}",
        "values": [GIVE, REFUSE],
        "shown_field": f"shown_{asked.key}",
        "shown_value": str(asked.version),
    }
