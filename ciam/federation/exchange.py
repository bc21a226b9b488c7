"""The way to a provider and back: begin, receive, finish (RFC 6749 §4.1, RFC 7636, RFC 9207).

What was begun lies in a row of the server, bound to the browser and claimed by one statement; the
address holds only a random `state`. Each connection has a callback of its own, so an answer of one
provider cannot be passed off as another's (mix-up, RFC 9207 §2.4). No transaction is held while the
provider is asked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.errors import PageRefusal
from ciam.federation.asking import Answer, Exchange, ask
from ciam.federation.backchannel import Refused, Unanswered
from ciam.federation.catalogue import get_provider
from ciam.federation.first_login import keep_first_login, with_first_login
from ciam.federation.reading import read_identity
from ciam.federation.refusals import ProviderDown, ProviderRefused
from ciam.federation.site import Site, find_connection, name_of, open_site
from ciam.identifiers import new_opaque
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ciam.federation.identity import ProvenIdentity
    from ciam.outbound import Outbound
    from ciam.storage import Database
    from ciam.storage.stores.connections import Connection
    from ciam.storage.stores.federation_states import FederationState

Purpose = Literal["sign_in", "link"]

LIFETIME: Final = timedelta(minutes=10)
_KEPT_UNLINKED: Final = timedelta(hours=24)
_ANSWER: Final = frozenset({"state", "code", "error", "iss", "user"})
_LEEWAY: Final = timedelta(seconds=60)
_TEMPORARY: Final = frozenset({"temporarily_unavailable", "server_error"})


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of it: the identity, or None when the person declined at the provider."""

    identity: ProvenIdentity | None
    purpose: Purpose
    journey: str


class AlreadyFinished(PageRefusal):
    """The same callback was loaded again in the same browser: go on where the journey now is."""

    def __init__(self, purpose: Purpose, journey: str) -> None:
        """Take what the row says, so that the page can lead on."""
        super().__init__(
            "a callback was loaded twice",
            text=Text("This sign-in has been finished already."),
            code="federation_finished",
        )
        self.purpose = purpose
        self.journey = journey


def callback_path(connection_name: str) -> str:
    """Give the path of a connection's own callback; it is registered at the provider."""
    return f"/federation/{connection_name}/callback"


async def begin(
    database: Database,
    outbound: Outbound,
    connection_name: str,
    *,
    redirect_uri: str,
    browser_hash: bytes,
    purpose: Purpose,
    journey: str,
    prompt_login: bool = False,
) -> str:
    """Make the row and give the provider's address to send the browser to.

    `redirect_uri` is the issuer of this server followed by `callback_path`. `prompt_login` asks for
    a fresh sign-in at the provider, where it can do that. Raise PageRefusal: there is no such
    connection, or the provider cannot be reached.
    """
    async with database.read() as transaction:
        connection = await find_connection(transaction, connection_name)
    try:
        site = await open_site(outbound, connection, database.clock.now())
    except (Unanswered, Refused) as error:
        raise ProviderDown(_name(connection), error.cause) from error
    exchange = Exchange(
        redirect_uri,
        state=new_opaque(32),
        verifier=new_opaque(48),
        nonce=new_opaque(),
        journey=journey,
        is_fresh=prompt_login,
    )
    async with database.write() as transaction:
        await transaction.federation_states.begin(
            exchange.state,
            connection=connection_name,
            browser_hash=browser_hash,
            purpose=purpose,
            document=asdict(exchange),
            expires_at=database.clock.now() + LIFETIME,
        )
    return _authorization_url(site, exchange)


async def receive(database: Database, connection_name: str, parameters: Mapping[str, str]) -> str:
    """Keep what a provider POSTed (form_post, without our cookies); give the path to GET next.

    What the provider says only once is kept in the same transaction, before anything can fail.
    """
    state = parameters.get("state", "")
    answer = {name: value for name, value in parameters.items() if name in _ANSWER}
    async with database.write() as transaction:
        connection = await find_connection(transaction, connection_name)
        begun = await transaction.federation_states.answer(state, connection_name, answer)
        if begun is not None:
            await keep_first_login(transaction, connection, begun, answer)
    return f"{callback_path(connection_name)}?{urlencode({'state': state})}"


async def finish(
    database: Database,
    outbound: Outbound,
    connection_name: str,
    parameters: Mapping[str, str],
    *,
    browser_hash: bytes,
) -> Finished:
    """Claim the row, exchange the code, verify, and give who it is.

    `parameters` are those of the GET. Raise AlreadyFinished for the same callback again, and
    PageRefusal for a foreign, expired or forged answer and for a provider that does not answer.
    """
    connection, begun = await _claim(database, connection_name, parameters, browser_hash)
    exchange = Exchange(**begun.document)
    purpose = cast("Purpose", begun.purpose)
    try:
        identity = await _prove(database, outbound, connection, begun, begun.answer or parameters)
    except Unanswered as error:
        await _note(database, EventKind.FEDERATION_REFUSED, connection, error.cause)
        raise ProviderDown(_name(connection), error.cause) from error
    except Refused as error:
        await _note(database, EventKind.FEDERATION_REFUSED, connection, error.cause)
        raise ProviderRefused(_name(connection), error.cause) from error
    return Finished(identity, purpose, exchange.journey)


async def _claim(
    database: Database, name: str, parameters: Mapping[str, str], browser_hash: bytes
) -> tuple[Connection, FederationState]:
    state = parameters.get("state", "")
    async with database.write() as transaction:
        connection = await find_connection(transaction, name)
        states = transaction.federation_states
        begun = await states.claim(state, name, browser_hash)
        if begun is not None:
            if begun.answer is None:
                await keep_first_login(transaction, connection, begun, parameters)
            return connection, begun
        before = await states.find_claimed(state, name, browser_hash)
    if before is not None:
        raise AlreadyFinished(cast("Purpose", before.purpose), before.document["journey"])
    cause = "the state is unknown, over, or of another browser or connection"
    await _note(database, EventKind.FEDERATION_REFUSED, connection, cause)
    raise ProviderRefused(_name(connection), cause)


async def _prove(
    database: Database,
    outbound: Outbound,
    connection: Connection,
    begun: FederationState,
    answer: Mapping[str, str],
) -> ProvenIdentity | None:
    site = await open_site(outbound, connection, database.clock.now())
    _check_issuer(site, answer)
    error = answer.get("error")
    if error in site.provider.declines:
        await _note(database, EventKind.FEDERATION_DECLINED, connection, "")
        return None
    if error in _TEMPORARY:
        raise Unanswered(f"authorization endpoint: {error}")
    code = answer.get("code")
    if error is not None or not code:
        raise Refused("authorization endpoint: no code")
    exchange = Exchange(**begun.document)
    said = await ask(outbound, site, code, exchange, now=database.clock.now())
    identity = read_identity(site, said.claims, now=database.clock.now())
    _check_fresh(site, exchange, begun, identity)
    return await _remember(database, site, begun, identity, said)


def _check_issuer(site: Site, answer: Mapping[str, str]) -> None:
    """Refuse the answer of another provider (RFC 9207 §2.4)."""
    named = answer.get("iss")
    if site.provider.issuer_of is not None or (named is None and not site.sends_iss):
        return  # an issuer that depends on the person is checked in the ID token
    if not site.names_issuer(named, site.issuer_for({})):
        raise Refused("the answer names another issuer")


def _check_fresh(
    site: Site, exchange: Exchange, begun: FederationState, identity: ProvenIdentity
) -> None:
    """Refuse an old sign-in at the provider where a new one was asked for and it says when."""
    if not exchange.is_fresh or not site.provider.says_auth_time:
        return
    if identity.auth_time is None or identity.auth_time < begun.created_at - _LEEWAY:
        raise Refused("not a fresh sign-in at the provider")


async def _remember(
    database: Database, site: Site, begun: FederationState, identity: ProvenIdentity, said: Answer
) -> ProvenIdentity:
    """Keep the tokens if the connection asks, and add what the provider said only once."""
    async with database.write() as transaction:
        if site.connection.keep_tokens:
            linked = await transaction.external_identities.find(identity.issuer, identity.subject)
            await transaction.provider_tokens.keep(
                identity.issuer,
                identity.subject,
                connection=site.connection.key,
                tokens={name: one for name, one in said.tokens.items() if name != "id_token"},
                expires_at=None if linked else database.clock.now() + _KEPT_UNLINKED,
            )
        if site.provider.first_login is None:
            return identity
        return await with_first_login(transaction, begun, identity)


def _authorization_url(site: Site, exchange: Exchange) -> str:
    provider = site.provider
    parameters = {
        "response_type": "code",
        provider.client_id_parameter: site.connection.client_id,
        "redirect_uri": exchange.redirect_uri,
        "state": exchange.state,
        **({"scope": site.scope} if site.scope else {}),
        **({"nonce": exchange.nonce} if provider.keys != "no_id_token" and provider.nonce else {}),
        **provider.parameters,
        **(provider.fresh if exchange.is_fresh else {}),
    }
    if provider.pkce:
        parameters["code_challenge"] = str(create_s256_code_challenge(exchange.verifier))
        parameters["code_challenge_method"] = "S256"
    url = site.endpoints.authorization
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


async def _note(database: Database, kind: EventKind, connection: Connection, cause: str) -> None:
    async with database.write() as transaction:
        await record(
            transaction, kind, actor=Actor.anyone(), connection=connection.key, cause=cause
        )


def _name(connection: Connection) -> str:
    return name_of(connection, get_provider(connection.provider), "")
