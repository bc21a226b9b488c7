"""What is still needed: each need found, met once, and told as its error when no page may be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from ciam.consent.notices import put_notice
from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.decision import load_question, note_decision
from ciam.oauth.authorization.interaction import Decide, Need, SignIn, find_need
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.storage.stores.sessions import Session
from tests.consent.documents import terms
from tests.oauth.authorization.apps import ISSUER, put_client
from tests.oauth.authorization.conftest import BROWSER, World, start_session


async def _need(
    world: World, changes: Mapping[str, str | None] | None = None, *, session: Session | None
) -> Need | None:
    asked = await world.check(changes)
    async with world.database.read() as transaction:
        return await find_need(transaction, asked, session)


async def _error(
    world: World, changes: Mapping[str, str | None] | None = None, *, session: Session | None
) -> str:
    with pytest.raises(AuthorizationRefused) as caught:
        await _need(world, {"prompt": "none", **(changes or {})}, session=session)
    return caught.value.error.code


async def _kept(
    world: World, changes: Mapping[str, str | None] | None = None
) -> AuthorizationRequest:
    """Keep a request now; the clock goes on a minute."""
    async with world.database.write() as transaction:
        kept = await keeping.keep(transaction, await world.check(changes), BROWSER)
    world.clock.advance(timedelta(minutes=1))
    return kept


async def _signed_in_again(world: World, secret: str = "a newer secret") -> Session:
    async with world.database.write() as transaction:
        return await start_session(transaction, world.customer, secret)


async def test_nobody_is_signed_in(world: World) -> None:
    need = await _need(world, {"login_hint": "hanako@example.jp"}, session=None)
    assert isinstance(need, SignIn)
    assert (need.login_hint, need.fresh, need.create) == ("hanako@example.jp", False, False)
    assert await _error(world, session=None) == "login_required"


async def test_nothing_is_needed_for_what_was_allowed(world: World) -> None:
    await world.allow("openid", "profile")
    assert await _need(world, session=world.session) is None
    assert await _need(world, {"scope": "openid"}, session=world.session) is None
    assert await _need(world, {"prompt": "none"}, session=world.session) is None


async def test_a_wider_scope_asks_again(world: World) -> None:
    await world.allow("openid", "profile")
    need = await _need(world, {"scope": "openid profile email"}, session=world.session)
    assert isinstance(need, Decide)
    changes = {"scope": "openid profile email"}
    assert await _error(world, dict(changes), session=world.session) == "consent_required"


async def test_a_claim_asked_for_by_name_asks_for_its_scope(world: World) -> None:
    await world.allow("openid", "profile")
    claims = {"claims": '{"userinfo": {"email": null}}'}
    assert isinstance(await _need(world, dict(claims), session=world.session), Decide)
    await world.allow("email")
    assert await _need(world, dict(claims), session=world.session) is None


async def test_one_of_our_own_apps_asks_only_when_it_prompts(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", first_party=True)
    assert await _need(world, session=world.session) is None
    assert isinstance(await _need(world, {"prompt": "consent"}, session=world.session), Decide)


@pytest.mark.parametrize("prompt", ["login", "select_account", "create"])
async def test_a_prompted_sign_in_is_needed_until_it_happened_for_this_request(
    world: World, prompt: str
) -> None:
    await world.allow("openid", "profile")
    need = await _need(world, {"prompt": prompt}, session=world.session)
    assert isinstance(need, SignIn)
    assert need.fresh
    assert need.create is (prompt == "create")
    kept = await _kept(world, {"prompt": prompt})
    async with world.database.read() as transaction:
        assert isinstance(await find_need(transaction, kept, world.session), SignIn)
    again = await _signed_in_again(world)
    async with world.database.read() as transaction:
        assert await find_need(transaction, kept, again) is None


async def test_an_age_beyond_max_age_asks_once_and_not_while_the_customer_decides(
    world: World,
) -> None:
    await world.allow("openid", "profile")
    world.clock.advance(timedelta(minutes=9))  # ten minutes since the sign-in
    assert await _need(world, {"max_age": "600"}, session=world.session) is None
    assert isinstance(await _need(world, {"max_age": "599"}, session=world.session), SignIn)
    assert isinstance(await _need(world, {"max_age": "0"}, session=world.session), SignIn)
    assert await _error(world, {"max_age": "599"}, session=world.session) == "login_required"
    for max_age in ("0", "5"):
        kept = await _kept(world, {"max_age": max_age})
        again = await _signed_in_again(world, f"secret {max_age}")
        world.clock.advance(timedelta(minutes=1))
        async with world.database.read() as transaction:
            assert await find_need(transaction, kept, again) is None


async def test_another_customer_than_the_one_meant_signs_in_first(world: World) -> None:
    await world.allow("openid", "profile")
    hint = await world.id_token()
    assert await _need(world, {"id_token_hint": hint}, session=world.session) is None
    async with world.database.write() as transaction:
        other = await transaction.customers.insert_new(language="en")
        theirs = await start_session(transaction, other.id, "their secret")
    world.clock.advance(timedelta(minutes=1))
    for changes in (
        {"id_token_hint": hint},
        {"claims": '{"id_token": {"sub": {"value": "subject-of-hanako"}}}'},
    ):
        need = await _need(world, dict(changes), session=theirs)
        assert isinstance(need, SignIn)
        assert need.fresh
        assert await _error(world, dict(changes), session=theirs) == "login_required"
    kept = await _kept(world, {"id_token_hint": hint})
    async with world.database.write() as transaction:
        again = await start_session(transaction, other.id, "their newer secret")
    async with world.database.read() as transaction:
        with pytest.raises(AuthorizationRefused) as caught:
            await find_need(transaction, kept, again)
    assert caught.value.error.code == "login_required"


async def test_a_level_that_is_reached_or_cannot_be_is_not_asked_for(world: World) -> None:
    await world.allow("openid", "profile")
    for wanted in ("urn:ciam:acr:1", "gold", "gold urn:ciam:acr:1"):
        assert await _need(world, {"acr_values": wanted}, session=world.session) is None
    stronger = await _need(world, {"acr_values": "urn:ciam:acr:2"}, session=world.session)
    assert isinstance(stronger, SignIn)
    assert stronger.fresh
    weaker = replace(world.session, acr="0")
    need = await _need(world, {"acr_values": "urn:ciam:acr:1"}, session=weaker)
    assert isinstance(need, SignIn)
    assert need.acr_values == ("urn:ciam:acr:1",)


async def test_an_essential_level_that_a_new_sign_in_did_not_reach_is_an_error(
    world: World,
) -> None:
    essential = {"claims": '{"id_token": {"acr": {"essential": true, "value": "urn:ciam:acr:1"}}}'}
    kept = await _kept(world, dict(essential))
    again = replace(await _signed_in_again(world), acr="0")
    async with world.database.read() as transaction:
        with pytest.raises(AuthorizationRefused) as caught:
            await find_need(transaction, kept, again)
    assert caught.value.error.code == "unmet_authentication_requirements"


async def test_a_notice_to_accept_is_a_need_of_its_own(world: World) -> None:
    await world.allow("openid", "profile")
    async with world.database.write() as transaction:
        await put_notice(transaction, terms())
    assert isinstance(await _need(world, session=world.session), Decide)
    assert await _error(world, session=world.session) == "interaction_required"


async def _decide(world: World, kept: AuthorizationRequest, *, allowed: bool) -> None:
    async with world.database.write() as transaction:
        question = await load_question(
            transaction, keeping.handle_of(kept), BROWSER, world.session, issuer=ISSUER
        )
        await note_decision(transaction, question, allowed=allowed)


async def _reloaded(world: World, kept: AuthorizationRequest) -> AuthorizationRequest:
    async with world.database.read() as transaction:
        return await keeping.load_kept(transaction, keeping.handle_of(kept), BROWSER, issuer=ISSUER)


async def test_prompt_consent_is_met_by_a_decision_on_this_request_alone(world: World) -> None:
    await world.allow("openid", "profile")
    kept = await _kept(world, {"prompt": "consent"})
    async with world.database.read() as transaction:
        assert isinstance(await find_need(transaction, kept, world.session), Decide)
    await _decide(world, kept, allowed=True)
    decided = await _reloaded(world, kept)
    async with world.database.read() as transaction:
        assert await find_need(transaction, decided, world.session) is None
    other = await _kept(world, {"prompt": "consent"})
    async with world.database.read() as transaction:
        assert isinstance(await find_need(transaction, other, world.session), Decide)


async def test_a_decision_of_one_customer_is_none_of_another(world: World) -> None:
    await world.allow("openid", "profile")
    kept = await _kept(world, {"prompt": "consent"})
    await _decide(world, kept, allowed=True)
    async with world.database.write() as transaction:
        other = await transaction.customers.insert_new(language="en")
        theirs = await start_session(transaction, other.id, "their secret")
    decided = await _reloaded(world, kept)
    async with world.database.read() as transaction:
        assert isinstance(await find_need(transaction, decided, theirs), Decide)


async def test_a_yes_without_a_grant_asks_again(world: World) -> None:
    kept = await _kept(world)
    await _decide(world, kept, allowed=True)
    decided = await _reloaded(world, kept)
    async with world.database.read() as transaction:
        assert isinstance(await find_need(transaction, decided, world.session), Decide)


async def test_a_no_is_told_to_the_app(world: World) -> None:
    kept = await _kept(world)
    await _decide(world, kept, allowed=False)
    decided = await _reloaded(world, kept)
    async with world.database.read() as transaction:
        with pytest.raises(AuthorizationRefused) as caught:
            await find_need(transaction, decided, world.session)
    assert caught.value.error.code == "access_denied"
