"""Read a posted form: bounded, each field once, and sent by our own page."""

from collections import Counter
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ciam.errors import PageRefusal
from ciam.texts import Text
from ciam.web.csrf import FIELD, check_csrf

MAX_BODY_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 100
MAX_FIELD_LENGTH: Final = 8 * 1024


async def read_form(request: Request, *, longest: int = MAX_FIELD_LENGTH) -> dict[str, str]:
    """Give the fields of a form of our own pages; raise PageRefusal for anything else.

    `longest`: bytes of one field.
    """
    fields = to_fields(await read_raw_form(request, longest=longest), longest=longest)
    check_csrf(request, fields.pop(FIELD, ""))
    return fields


async def read_raw_form(request: Request, *, longest: int = MAX_FIELD_LENGTH) -> FormData:
    """Give a posted form as it came, within the bounds; raise PageRefusal beyond them."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise _refusal("not a form", 415)
    try:
        return await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=longest)
    except HTTPException as error:
        raise _refusal("malformed or too large", 400) from error


def to_fields(form: FormData, *, longest: int = MAX_FIELD_LENGTH) -> dict[str, str]:
    """Give each field's value; raise PageRefusal for doubled, oversized or binary ones."""
    items = form.multi_items()
    doubled = [name for name, count in Counter(name for name, _ in items).items() if count > 1]
    if doubled:
        raise _refusal("a field came twice", 400)
    fields: dict[str, str] = {}
    for name, value in items:
        if not isinstance(value, str) or "\x00" in value or len(value) > longest:
            raise _refusal("a field is too large or not text", 400)
        fields[name] = value
    return fields


def _refusal(cause: str, status: int) -> PageRefusal:
    return PageRefusal(
        f"form: {cause}",
        status=status,
        code="malformed_form",
        title=Text("This form could not be accepted"),
        text=Text("Please go back, load the page again and send the form once more."),
    )
