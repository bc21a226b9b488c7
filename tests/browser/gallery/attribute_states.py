"""Attributes: the fields that forms draw, the question at a sign-in, the console's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ciam.administration.attribute_catalogue import AttributeEntry
from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.attributes import STANDARD, Schema
from ciam.texts import Text
from ciam.web.admin.attributes import OWNERS, RIGHTS, TYPES
from ciam.web.forms import FormState

_T = Callable[[str, str], str]
_Page = tuple[str, str, Mapping[str, object]]


def _field(name: str, label: str, kind: str = "text", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - what a template takes
    return {
        "name": name,
        "label": label,
        "hint": None,
        "kind": kind,
        "autocomplete": None,
        "maxlength": 80 if kind in {"text", "long_text", "url"} else None,
        "required": False,
        "options": [],
    } | changes


def name_fields(t: _T, *, required: bool = True) -> list[dict[str, Any]]:
    """Give the two names, as every sign-up asks them."""
    family = _field("family_name", t("Family name", "姓"), autocomplete="family-name",
                    required=required)  # fmt: skip
    given = _field("given_name", t("Given name", "名"), autocomplete="given-name",
                   required=required)  # fmt: skip
    pair = [family, given] if t("en", "ja") == "ja" else [given, family]
    return [{"kind": "pair", "name": "", "fields": pair}]


def profile_fields(t: _T) -> list[dict[str, Any]]:
    """Give what the account has with nothing configured."""
    languages = [{"value": "en", "label": "English"}, {"value": "ja", "label": "日本語"}]
    language = _field("locale", t("Language", "言語"), "locale", options=languages,
                      autocomplete="language")  # fmt: skip
    return [*name_fields(t, required=False), language]


def every_field(t: _T) -> list[dict[str, Any]]:
    """Give a field of each kind."""
    card_hint = t("The four digits on the front of your card", "カードの表にある4桁の数字")
    return [
        *name_fields(t),
        _field("attribute_card", t("Member card", "会員カード番号"), hint=card_hint),
        _field("birthdate", t("Date of birth", "生年月日"), "date", autocomplete="bday"),
        _field("attribute_size", t("People in your household", "ご家族の人数"), "number"),
        _field("attribute_mail", t("Do you want our catalogue?", "カタログの送付を希望しますか"),
               "yes_no", options=_answers(t), required=True),
        _interests(t),
        _field("attribute_shop", t("Your shop", "よく行く店舗"), "country",
               options=[{"value": "a", "label": t("Ginza", "銀座店")}]),
        _field("attribute_wish", t("Anything else?", "ご要望"), "long_text", maxlength=400),
    ]  # fmt: skip


def _answers(t: _T) -> list[dict[str, str]]:
    return [
        {"value": "yes", "label": t("Yes", "はい")},
        {"value": "no", "label": t("No", "いいえ")},
    ]


def _interests(t: _T) -> dict[str, Any]:
    choices = [
        ("kitchen", t("Kitchen", "キッチン用品")),
        ("garden", t("Garden", "ガーデニング")),
        ("clothes", t("Clothes", "衣類")),
        ("books", t("Books and stationery", "本と文房具")),
        ("sports", t("Sports and the outdoors", "スポーツ・アウトドア")),
    ]
    options = [
        {"value": value, "label": label, "name": f"attribute_interests.{value}"}
        for value, label in choices
    ]
    hint = t(
        "As many as you like. We show you these first.",
        "いくつでも選べます。お好みの商品から表示します。",
    )
    label = t("What are you interested in?", "ご興味のある分野を教えてください")
    return _field("attribute_interests", label, "choices", options=options, hint=hint)


def question_pages(t: _T) -> list[_Page]:
    """Give the question at a sign-in: optional, needed, mended, and not asked any more."""
    base = {"action": "/profile-question", "ticket": "a-ticket", "is_required": False}
    optional = {**base, "fields": [_interests(t)]}
    birth = _field("birthdate", t("Date of birth", "生年月日"), "date", autocomplete="bday",
                   required=True)  # fmt: skip
    needed = {**base, "fields": [birth], "is_required": True}
    wrong = FormState({}, {"birthdate": Text("Enter a date like 1990-04-01.")})
    card = every_field(t)[1]
    return [
        ("question", "profile_question", optional),
        ("question-needed", "profile_question", needed),
        ("question-mended", "profile_question", {**needed, "form": wrong}),
        ("question-text", "profile_question", {**base, "fields": [card]}),
        ("question-over", "profile_question", {**base, "fields": []}),
    ]


def every_field_wrong() -> FormState:
    """Give a form of every field that is to be mended."""
    return FormState(
        {"family_name": "山田", "attribute_card": "12", "attribute_interests.garden": "yes"},
        {
            "attribute_card": Text("This does not have the form that is asked for."),
            "birthdate": Text("This day is not possible here."),
            "attribute_mail": Text("Choose yes or no."),
            "attribute_interests": Text("Choose from the list."),
            "attribute_shop": Text("Choose one of the list."),
            "attribute_wish": Text("Use at most {n} characters.", n=400),
        },
    )


def console_attribute_pages(t: _T, desk: Mapping[str, object]) -> list[_Page]:
    """Give the console's list and one attribute."""
    card = AttributeDocument.model_validate(
        {
            "key": "card_number", "type": "text", "pattern": "[0-9]{4}", "order": 15,
            "labels": {"en": "Member card", "ja": "会員カード番号"},
            "hints": {"en": "Four digits", "ja": "4桁の数字"},
            "sign_in": {"required": True, "after_sign_ins": 3},
        }
    )  # fmt: skip
    interests = AttributeDocument.model_validate(
        {
            "key": "interests", "type": "choices", "labels": {"en": "Interests", "ja": "ご興味"},
            "choices": [
                {"value": "kitchen", "labels": {"en": "Kitchen", "ja": "キッチン用品"}},
                {"value": "books", "labels": {"en": "Books", "ja": "本"}},
            ],
            "sign_in": {"after_sign_ins": 2}, "services": "write",
        }
    )  # fmt: skip
    schema = Schema.of([card, interests])
    language = t("en", "ja")
    entries = [
        AttributeEntry(
            one.name, None, one.is_standard,
            "default" if one.name in STANDARD.by_name else "file", one.rules.to_stored(),
        )
        for one in schema.attributes
    ]  # fmt: skip
    titles = {one.name: one.label_in(language) for one in schema.attributes}
    words = {"types": TYPES, "owners": OWNERS, "rights": RIGHTS, "section": "attributes"}
    by_key = {one.key: one for one in entries}
    return [
        ("console-attributes", "admin/attributes",
         {**desk, **words, "entries": entries, "titles": titles}),
        *[
            (f"console-attribute-{key}", "admin/attribute",
             {**desk, **words, "entry": by_key[key], "title": titles[key]})
            for key in ("card_number", "interests")
        ],
    ]  # fmt: skip
