"""Values as a reader writes them: times, dates, masked addresses, sentences, light prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from babel import Locale
from babel.dates import format_date, format_time, get_timezone
from babel.support import NullTranslations
from markupsafe import Markup, escape

from ciam.texts import Text

DEFAULT_TIMEZONE = {"ja": "Asia/Tokyo"}

# CLDR's medium form is 2026/11/24 in Japanese; a sentence reads better with the signs.
_DATE_FORMAT = {"ja": "y年M月d日", "en": "d MMM y"}
_TIME_FORMAT = {"ja": "H:mm", "en": "HH:mm"}
_SHORT_LOCAL_PART = 3  # two letters of three would give the address away


def mask_email(address: str) -> str:
    """Hide most of an address: enough to recognise one's own, too little to learn another's."""
    local, at, domain = address.rpartition("@")
    if not at:
        return address[:1] + "•••"
    kept = local[:1] if len(local) <= _SHORT_LOCAL_PART else local[:2]
    return f"{kept}•••@{domain}"


def field_id(name: str) -> str:
    """Return the stable id of a field: its name with hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name)


def write_date(value: date, language: str, timezone: str) -> str:
    """Write the day of a date or an aware datetime in the reader's language and zone."""
    if isinstance(value, datetime):
        value = value.astimezone(get_timezone(timezone))
    pattern = _DATE_FORMAT.get(language.split("-", maxsplit=1)[0], "long")
    return format_date(value, pattern, locale=language.replace("-", "_"))


def write_time(value: datetime, language: str, timezone: str) -> str:
    """Write the time of day, without seconds."""
    pattern = _TIME_FORMAT.get(language.split("-", maxsplit=1)[0], "short")
    zone = get_timezone(timezone)
    written = format_time(value.astimezone(zone), pattern, locale=language.replace("-", "_"))
    # Nobody lives in UTC: there the reader must know that it is not their own time.
    return f"{written} UTC" if timezone == "UTC" else written


def write_datetime(value: datetime, language: str, timezone: str) -> str:
    """Write day and time of day; both languages read `day time` well."""
    return f"{write_date(value, language, timezone)} {write_time(value, language, timezone)}"


def write_country(code: str, language: str, _timezone: str) -> str:
    """Write the name of a country (ISO 3166-1) in the reader's language, else its code."""
    names = Locale.parse(language.replace("-", "_")).territories
    return str(names.get(code, code))


def iso(value: date) -> str:
    """Return what the datetime attribute of a <time> element holds."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def say(text: Text, translations: NullTranslations, language: str, timezone: str) -> str:
    """Translate a sentence and fill it in; times in it are written for the reader."""
    filled: dict[str, object] = {}
    for name, value in text.params.items():
        if isinstance(value, Text):
            filled[name] = say(value, translations, language, timezone)
        elif isinstance(value, datetime):
            filled[name] = write_datetime(value, language, timezone)
        elif isinstance(value, date):
            filled[name] = write_date(value, language, timezone)
        else:
            filled[name] = value
    sentence = translations.ugettext(text.msgid)
    return sentence.format(**filled) if filled else sentence


def prose(text: str) -> Markup:
    """Turn light prose into HTML: blank line = paragraph, `# ` = heading, `- ` = list item."""
    blocks = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return Markup("\n").join(part for block in blocks for part in _block(block))


def _block(block: str) -> Iterator[Markup]:
    lines = [line.strip() for line in block.split("\n") if line.strip()]
    for kind, group in groupby(lines, key=_kind):
        if kind == "heading":
            for line in group:
                yield Markup("<h2>{}</h2>").format(line.lstrip("# "))
        elif kind == "item":
            items = Markup("").join(Markup("<li>{}</li>").format(line[2:]) for line in group)
            yield Markup("<ul>{}</ul>").format(items)
        else:
            yield Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in group))


def _kind(line: str) -> str:
    if line.startswith(("# ", "## ")):
        return "heading"
    return "item" if line.startswith("- ") else "text"
