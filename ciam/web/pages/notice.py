"""Notices and purposes, readable by everybody in every version (no sign-in, no cookie needed)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.consent.notices import Notice, list_notices, list_versions, texts_in
from ciam.consent.purposes import Purpose, find_purpose
from ciam.consent.scope_claims import label_of
from ciam.customers.attributes import Schema
from ciam.customers.definitions import load_schema
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.parts import parts
from ciam.web.rendering import render_page

_LONGEST_KEY = 64


async def first_notice(request: Request) -> Response:
    """Lead to the privacy notice, or to the first notice there is."""
    async with parts(request).database.read() as transaction:
        notices = await list_notices(transaction)
    if not notices:
        raise HTTPException(404)
    best = min(notices, key=lambda notice: notice.document.kind != "privacy")
    return RedirectResponse(best.href, status_code=303)


async def current_notice(request: Request) -> Response:
    """Lead to the version of a notice that is in force."""
    versions = await _versions(request)
    return RedirectResponse(versions[0].href, status_code=303)


async def notice(request: Request) -> Response:
    """Show the full text of one version."""
    versions = await _versions(request)
    wanted = request.path_params["version"]
    shown = next((item for item in versions if item.version == wanted), None)
    if shown is None:
        raise HTTPException(404)
    language, texts = texts_in(shown, language_of(request))
    return await render_page(
        request,
        "notice",
        title=texts.title,
        version=shown.version,
        effective_from=shown.effective_from,
        body=texts.body,
        body_language=language,
        current=shown == versions[0],
        versions=[
            {
                "version": item.version,
                "effective_from": item.effective_from,
                "href": item.href,
                "current": item == versions[0],
            }
            for item in versions
        ],
        back_href=None,
    )


async def purpose(request: Request) -> Response:
    """Show everything about a purpose: what, why, for whom, which data, how long."""
    async with parts(request).database.read() as transaction:
        found = await find_purpose(transaction, request.path_params["key"][:_LONGEST_KEY])
        schema = await load_schema(transaction)
    if found is None:
        raise HTTPException(404)
    language = language_of(request)
    return await render_page(
        request,
        "notice",
        title=found.document.texts_in(language).title,
        version=str(found.version),
        effective_from=found.effective_from,
        body=purpose_text(request, schema, found, language),
        body_language=language,
        current=True,
        versions=[],
        back_href=None,
    )


async def _versions(request: Request) -> tuple[Notice, ...]:
    async with parts(request).database.read() as transaction:
        found = await list_versions(transaction, request.path_params["key"][:_LONGEST_KEY])
    if not found:
        raise HTTPException(404)
    return found


def purpose_text(request: Request, schema: Schema, found: Purpose, language: str) -> str:
    """Give everything about a purpose as one text: paragraphs, `# ` headings, `- ` lists."""
    renderer = parts(request).renderer

    def say(text: Text) -> str:
        return renderer.say(text, language)

    document = found.document
    texts = document.texts_in(language)
    keeping = (
        Text("Until you withdraw your agreement.")
        if document.retention_days is None
        else Text("{days} days.", days=document.retention_days)
    )
    data = [say(label_of(schema, name, language)) for name in document.attributes]
    recipients = [texts.recipient, *(item.party.name for item in document.recipients if item.party)]
    sections = [
        texts.what,
        texts.why,
        f"# {say(Text('Who receives it'))}",
        "\n".join(f"- {name}" for name in dict.fromkeys(recipients)),
        f"# {say(Text('Who is responsible'))}",
        "\n".join(
            f"- {line}"
            for line in (
                document.controller.name,
                document.controller.address,
                document.controller.contact,
            )
        ),
        f"# {say(Text('How long it is kept'))}",
        say(keeping),
        f"# {say(Text('Where it is kept'))}",
        "\n".join(f"- {country}" for country in document.storage_locations),
    ]
    if data:
        sections[2:2] = [f"# {say(Text('Which data'))}", "\n".join(f"- {name}" for name in data)]
    if texts.text:
        sections.append(texts.text)
    return "\n\n".join(sections)


routes = [
    Route("/notices", first_notice, methods=["GET"]),
    Route("/notices/{key}", current_notice, methods=["GET"]),
    Route("/notices/{key}/{version}", notice, methods=["GET"]),
    Route("/purposes/{key}", purpose, methods=["GET"]),
]
