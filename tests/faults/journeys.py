"""Journeys that end the same whatever goes away under them, as a person makes them.

Each is prepared by the rules, straight in the database; what is under attack goes through `entry`,
an ASGI application that may fail, ask again, or be several nodes.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pyotp

from ciam.identifiers import new_opaque, new_secret
from tests.faults.journeys_of_apps import api_write, code, consent, refresh, revoke
from tests.faults.place import CODE, NEW_PASSWORD, PASSWORD, Act, Journey, Place, new_email
from tests.parts.plain_browser import Page


async def sign_up(place: Place) -> Act:
    """Join: address, code, details."""
    email, browser = new_email(), place.browser()

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-up")
        page = await page.submit("Next", {"email": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        names = {"Family name": "山田", "Given name": "花子", "password": PASSWORD}
        page = await page.submit("Create the account", names)
        _expect_account(page)
        assert await place.count_logins(email) == 1

    return act


async def sign_in(place: Place) -> Act:
    """Sign in with a password."""
    email, browser = new_email(), place.browser()
    await place.customer(email)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Sign in", {"identifier": email, "Password": PASSWORD})
        _expect_account(page)
        assert await place.count_logins(email) == 1, "one session, however often it was asked"

    return act


async def second_factor(place: Place) -> Act:
    """Sign in with a password and the code of an app."""
    email, browser, seed = new_email(), place.browser(), pyotp.random_base32()
    customer = await place.customer(email)
    async with place.database.write() as transaction:
        await transaction.authenticators.add(customer.id, "totp", secret=seed.encode())

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Sign in", {"identifier": email, "Password": PASSWORD})
        assert page.heading == "One more step", page.text
        code = pyotp.TOTP(seed).at(place.database.clock.now())
        _expect_account(await page.submit("Sign in", {CODE: code}))
        assert await place.count_logins(email) == 1

    return act


async def recovery(place: Place) -> Act:
    """Set a new password with a mailed code."""
    email, browser = new_email(), place.browser()
    await place.customer(email)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/recover")
        page = await page.submit("Send the code", {"E-mail address": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        page = await page.submit("Save the password and sign in", {"New password": NEW_PASSWORD})
        _expect_account(page)
        assert await place.count_logins(email) == 1
        if not place.homes:  # else it is on its way
            told = [name for name, _code in await place.sent(email)]
            assert told.count("password_changed") == 1, "told once"

    return act


async def change_email(place: Place) -> Act:
    """Change the address one signs in with."""
    old, new, browser = new_email(), new_email(), place.browser()
    await place.session(await place.customer(old), browser)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/account/email")
        page = await page.submit("Send the code", {"New e-mail address": new})
        page = await page.submit("Change the address", {CODE: await place.mailed_code(new)})
        assert page.status == 200, page.text
        async with place.database.read() as transaction:
            assert await transaction.identifiers.find_login(new) is not None
            assert await transaction.identifiers.find_login(old) is None

    return act


async def sign_in_by_code(place: Place) -> Act:
    """Sign in with a mailed code in place of the password."""
    email, browser = new_email(), place.browser()
    await place.customer(email)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Send me a code instead", {"identifier": email})
        _expect_account(await page.submit("Sign in", {CODE: await place.mailed_code(email)}))
        assert await place.count_logins(email) == 1

    return act


async def invited(place: Place) -> Act:
    """Join by the mailed link of an invitation, which is used up with it."""
    email, browser, token = new_email(), place.browser(), new_secret("ln")
    async with place.database.write() as transaction:
        await transaction.customer_invitations.invite(
            link=token,
            address=email,
            lookup=email,
            invited_by="test",
            expires_at=transaction.clock.now() + timedelta(hours=1),
        )

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/invitation?token={token}")
        page = await page.submit("Create your account")
        names = {"Family name": "山田", "Given name": "花子", "password": PASSWORD}
        _expect_account(await page.submit("Create the account", names))
        assert await place.count_logins(email) == 1
        async with place.database.read() as transaction:
            assert await transaction.customer_invitations.find(token) is None

    return act


async def sign_out(place: Place) -> Act:
    """Sign out, and be asked to sign in from then on."""
    email, browser = new_email(), place.browser()
    await place.session(await place.customer(email), browser)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/account")
        await page.submit("Sign out")
        page = await browser.open(f"{place.issuer}/account")
        assert page.heading == "Sign in", page.text
        assert await place.count_logins(email) == 0

    return act


async def link_login(place: Place) -> Act:
    """Join with a social login, which is linked once."""
    assert place.fakes is not None
    email, browser, person = new_email(), place.browser(), place.fakes["line"].person
    person.email, person.subject = None, f"U{new_opaque()}"

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await _by_way_of_line(page)
        if page.heading == "Sign in":  # the provider's answer is used up: there again
            page = await _by_way_of_line(page)
        page = await page.submit("Next", {"E-mail address": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        names = {"Family name": "山田", "Given name": "花子"}
        page = await page.submit("Create the account", names)
        if page.heading == "Sign in":  # the form holds no proof, so its answer is not given twice
            page = await _by_way_of_line(page)
        _expect_account(page)
        async with place.database.read() as transaction:
            found = await transaction.identifiers.find_login(email)
            assert found is not None
            linked = await transaction.external_identities.list_for(found.customer)
        assert [one.subject for one in linked] == [person.subject]

    return act


async def _by_way_of_line(page: Page) -> Page:
    page = await page.submit("Continue with LINE")
    return await page.follow("Continue to LINE")


JOURNEYS: dict[str, Journey] = {
    one.__name__: one
    for one in (
        sign_up,
        sign_in,
        second_factor,
        recovery,
        change_email,
        sign_in_by_code,
        invited,
        sign_out,
        consent,
        code,
        refresh,
        revoke,
        api_write,
        link_login,
    )
}


def _expect_account(page: Page) -> None:
    assert page.status == 200, page.text
    assert urlsplit(page.url).path in {"/account", "/passkeys/offer"}, f"{page.url} {page.text}"
