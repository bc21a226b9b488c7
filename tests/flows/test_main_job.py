"""The main job over HTTP: register, agree, sign in, be known, take it back, sign out.

Every test runs against a real `ciam serve`: one worker on SQLite, two on PostgreSQL. The person is
a browser without scripts, the apps are plain HTTP clients of other sites.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.flows.clients.installation import CONFIG, Installation
from tests.flows.clients.person import Person
from tests.flows.clients.relying_app import NotSignedIn, RelyingApp, Tokens, partner, points, shop
from tests.parts.plain_browser import Page

LANGUAGES = ("en", "ja")


async def _register(
    person: Person, app: RelyingApp, *, newsletter: str = "give", recommendations: str = "refuse"
) -> Tokens:
    """Come from an app as a stranger and go back to it as a customer."""
    attempt = app.begin(ui_locales=person.language)
    page = await person.visit(app, attempt)
    page = await person.sign_up(page, newsletter=newsletter, recommendations=recommendations)
    if page.status != 0:
        page = await person.press(page, "Allow")
    return await app.finish(attempt, page.url)


async def _come_back(person: Person, app: RelyingApp) -> tuple[Page, Tokens]:
    """Come from an app with a session: no page in between."""
    attempt = app.begin()
    page = await person.visit(app, attempt)
    assert page.status == 0, page.text
    return page, await app.finish(attempt, page.url)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_stranger_registers_and_the_app_knows_them(
    installation: Installation, language: str
) -> None:
    email = f"hanako-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        attempt = app.begin(ui_locales=language)
        page = await person.visit(app, attempt)
        assert f'<html lang="{language}"' in page.body
        assert {"en": "Hinode Books", "ja": "ひので書店"}[language] in page.text

        page = await person.sign_up(page, newsletter="give", recommendations="refuse")
        assert page.url.startswith(f"{installation.url}/consent?"), page.text
        assert email in page.text
        assert "山田" in page.text
        page = await person.press(page, "Allow")

        tokens = await app.finish(attempt, page.url)
        assert tokens.scope == {"openid", "profile", "email", "offline_access", "consents"}
        assert "email" not in tokens.claims  # the ID token says who, UserInfo says what
        assert tokens.claims["amr"] == ["otp"]  # proven by the mailed code (RFC 8176 §2)

        claims = await app.claims(tokens.access)
        assert claims["sub"] == tokens.claims["sub"]
        assert claims["email"] == email
        assert claims["email_verified"] is True
        assert (claims["family_name"], claims["given_name"]) == ("山田", "花子")
        assert claims["locale"].startswith(language)
        assert {one["purpose"]: one["state"] for one in claims["consents"]} == {
            "newsletter": "given",
            "recommendations": "refused",
        }
        letter = await installation.letter(email)
        assert letter.language == language
        assert letter.html


async def test_tokens_are_refreshed_introspected_and_given_back(
    installation: Installation,
) -> None:
    async with Person(installation, "tokens@example.jp") as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        known = await app.introspect(tokens.access)
        assert known["active"] is True
        assert known["sub"] == tokens.claims["sub"]
        assert known["client_id"] == "shop"

        answer = await app.refresh(tokens.refresh)
        assert answer.status_code == 200, answer.text
        fresh = Tokens(answer.json())
        assert fresh.refresh != tokens.refresh
        assert (await app.claims(fresh.access))["email"] == "tokens@example.jp"
        narrower = Tokens((await app.refresh(fresh.refresh, scope="openid email")).json())
        assert "family_name" not in await app.claims(narrower.access)

        assert (await app.revoke(narrower.refresh)).status_code == 200
        for token in (tokens.access, fresh.access, narrower.access, narrower.refresh):
            assert await app.introspect(token) == {"active": False}
        assert (await app.userinfo(narrower.access)).status_code == 401
        assert (await app.refresh(narrower.refresh)).json()["error"] == "invalid_grant"
        assert (await app.revoke("unknown")).status_code == 200  # RFC 7009 §2.2


async def test_a_replayed_code_and_a_replayed_refresh_token_kill_what_they_gave(
    installation: Installation,
) -> None:
    async with Person(installation, "replay@example.jp") as person, shop(installation.url) as app:
        await _register(person, app)
        attempt = app.begin()
        page = await person.visit(app, attempt)
        tokens = await app.finish(attempt, page.url)
        code = dict(parse_qsl(urlsplit(page.url).query))["code"]
        again = await app.redeem(attempt, code)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert await app.introspect(tokens.access) == {"active": False}
        assert (await app.refresh(tokens.refresh)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_withdrawn_purpose_changes_what_the_app_may_at_once(
    installation: Installation, language: str
) -> None:
    email = f"withdraw-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        page = await person.open("/account")
        page = await page.follow({"en": "Use of your data", "ja": "情報の利用"}[language])
        page = await person.press(page, "Withdraw")
        assert page.status == 200
        assert page.url.endswith("done=withdrawn")

        assert (await app.userinfo(tokens.access)).status_code == 401  # the grant's epoch rose
        fresh = Tokens((await app.refresh(tokens.refresh)).json())
        claims = await app.claims(fresh.access)
        states = {one["purpose"]: one["state"] for one in claims["consents"]}
        assert states == {"newsletter": "withdrawn", "recommendations": "refused"}


async def test_what_rests_on_a_purpose_leaves_only_while_it_is_agreed_to(
    installation: Installation,
) -> None:
    async with Person(installation, "resting@example.jp") as person:
        async with shop(installation.url) as first:
            known = await _register(person, first)
        async with partner(installation.url) as app:
            attempt = app.begin()
            page = await person.visit(app, attempt)
            assert page.url.startswith(f"{installation.url}/consent?"), page.text
            page = await person.press(page, "Allow", **{"purpose_travel-offers": "give"})
            tokens = await app.finish(attempt, page.url)
            claims = await app.claims(tokens.access)
            assert claims["email"] == "resting@example.jp"
            assert claims["sub"] != known.claims["sub"]  # pairwise
            assert "purposes" not in claims

            page = await person.open("/account/consents")
            form = next(
                form
                for form in page.forms()
                if ("purpose", "travel-offers") in form.submit().entries
            )
            sent = form.submit(form.buttons()[0].get_text(strip=True))
            page = await person.browser.post(sent.url, dict(sent.entries), initiator=page.url)
            assert page.status == 200, page.text
            assert (await app.userinfo(tokens.access)).status_code == 401
            fresh = Tokens((await app.refresh(tokens.refresh)).json())
            assert "email" not in await app.claims(fresh.access)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_removed_app_can_do_nothing_more(installation: Installation, language: str) -> None:
    email = f"remove-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        page = await person.open("/account/apps")
        assert {"en": "Hinode Books", "ja": "ひので書店"}[language] in page.text
        page = await person.open("/account/apps/remove?client_id=shop")
        page = await person.press(page, "Remove")
        assert page.status == 200
        assert (await app.userinfo(tokens.access)).status_code == 401
        assert (await app.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
        page = await person.visit(app, app.begin())
        assert "/consent?" in page.url  # asked again, as if for the first time


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_app_signs_the_person_out(installation: Installation, language: str) -> None:
    email = f"out-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        end = app.metadata["end_session_endpoint"]
        back = "https://shop.example.jp/signed-out"
        hint = tokens.document["id_token"]
        page = await person.browser.open(
            f"{end}?id_token_hint={hint}&post_logout_redirect_uri={back}&state=s1"
        )
        assert page.url == f"{back}?state=s1"
        page = await person.open("/account")
        assert page.heading == person.word("Sign in")


async def test_without_a_hint_the_person_is_asked_before_they_are_signed_out(
    installation: Installation,
) -> None:
    async with Person(installation, "ask@example.jp") as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        page = await person.open("/end-session?client_id=shop")
        assert page.heading == "Sign out?"
        assert (await app.userinfo(tokens.access)).status_code == 200
        page = await person.press(page, "Sign out")
        assert page.heading == "You are signed out"
        page = await person.open("/account")
        assert page.heading == "Sign in"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_comes_back_and_signs_in_again(
    installation: Installation, language: str
) -> None:
    email = f"again-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        page = await person.open("/account")
        page = await person.press(page, "Sign out")
        attempt = app.begin()
        page = await person.visit(app, attempt)
        page = await person.sign_in(page, "not the password")
        assert page.status == 422
        assert page.alerts
        assert page.form(person.word("Sign in")).value("identifier") == email
        assert "not the password" not in page.body
        page = await person.sign_in(page)
        again = await app.finish(attempt, page.url)  # no consent page: allowed before
        assert again.claims["sub"] == tokens.claims["sub"]
        assert again.claims["sid"] != tokens.claims["sid"]
        assert again.claims["amr"] == ["pwd"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_lost_password_is_replaced_and_everybody_else_is_out(
    installation: Installation, language: str
) -> None:
    email = f"lost-{language}@example.jp"
    new = "another nine wet umbrellas"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        tokens = await _register(person, app)
        async with Person(installation, email, language) as phone:
            phone.letters_read = 1
            attempt = app.begin()
            page = await phone.visit(app, attempt)
            page = await page.follow(phone.word("Forgotten your password?"))
            page = await phone.press(page, "Send the code", email=email)
            assert page.heading == phone.word("Check your mail")
            page = await phone.press(page, "Next", code=await phone.read_code())
            assert page.heading == phone.word("Choose a new password")
            page = await phone.press(page, "Save the password and sign in", password=new)
            assert page.status == 0, page.text  # back where one came from, signed in
            again = await app.finish(attempt, page.url)
            assert again.claims["sub"] == tokens.claims["sub"]
        assert (await app.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
        page = await person.open("/account")
        assert page.heading == person.word("Sign in")
        page = await person.sign_in(page)
        assert page.status == 422
        page = await person.sign_in(page, new)
        assert page.status == 200
        await installation.letter(email, 3)  # the password was changed


async def test_a_second_app_of_our_own_needs_no_page(installation: Installation) -> None:
    async with Person(installation, "second@example.jp") as person:
        async with shop(installation.url) as app:
            first = await _register(person, app)
        async with points(installation.url) as app:
            page, tokens = await _come_back(person, app)
            assert [hop.status for hop in page.hops] == [303]
            assert tokens.claims["sub"] == first.claims["sub"]  # public subjects are one
            assert "." not in tokens.access  # opaque
            assert (await app.claims(tokens.access))["family_name"] == "山田"


async def test_prompt_none_answers_without_a_page(installation: Installation) -> None:
    async with Person(installation, "none@example.jp") as person, shop(installation.url) as app:
        attempt = app.begin(prompt="none")
        page = await person.visit(app, attempt)
        with pytest.raises(NotSignedIn) as refused:
            await app.finish(attempt, page.url)
        assert refused.value.code == "login_required"
        await _register(person, app)
        attempt = app.begin(prompt="none")
        page = await person.visit(app, attempt)
        assert (await app.finish(attempt, page.url)).access
        async with partner(installation.url) as other:
            attempt = other.begin(prompt="none")
            page = await person.visit(other, attempt)
            with pytest.raises(NotSignedIn) as refused:
                await other.finish(attempt, page.url)
            assert refused.value.code in {"consent_required", "interaction_required"}


async def test_prompt_login_asks_for_the_password_although_there_is_a_session(
    installation: Installation,
) -> None:
    async with Person(installation, "fresh@example.jp") as person, shop(installation.url) as app:
        before = await _register(person, app)
        attempt = app.begin(prompt="login")
        page = await person.visit(app, attempt)
        page = await person.sign_in(page)
        after = await app.finish(attempt, page.url)
        assert after.claims["auth_time"] >= before.claims["auth_time"]
        assert after.claims["sub"] == before.claims["sub"]


async def test_prompt_create_begins_with_the_registration(installation: Installation) -> None:
    async with Person(installation, "create@example.jp") as person, shop(installation.url) as app:
        page = await person.visit(app, app.begin(prompt="create"))
        assert page.heading == "Create an account"


async def test_form_post_carries_the_answer_in_a_form(installation: Installation) -> None:
    async with Person(installation, "form@example.jp") as person, shop(installation.url) as app:
        await _register(person, app)
        attempt = app.begin(response_mode="form_post")
        page = await person.visit(app, attempt)
        assert page.status == 200
        sent = page.form().submit()
        assert (sent.method, sent.url) == ("POST", app.redirect_uri)
        end = await page.submit()  # raises if the page's own policy forbids it
        assert end.url == app.redirect_uri
        tokens = await app.finish_with(attempt, dict(sent.entries))
        assert tokens.access


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_refused_consent_goes_back_as_a_no(
    installation: Installation, language: str
) -> None:
    email = f"no-{language}@example.jp"
    async with Person(installation, email, language) as person, shop(installation.url) as app:
        attempt = app.begin()
        page = await person.sign_up(await person.visit(app, attempt))
        page = await person.press(page, "Do not allow")
        with pytest.raises(NotSignedIn) as refused:
            await app.finish(attempt, page.url)
        assert refused.value.code == "access_denied"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://shop.example.jp/callback/"},
        {"redirect_uri": "https://shop.example.jp.evil.example/callback"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
    ids=str,
)
async def test_an_unknown_app_or_address_is_told_on_a_page_and_never_followed(
    installation: Installation, changes: dict[str, str | None]
) -> None:
    async with Person(installation, "page@example.jp") as person, shop(installation.url) as app:
        page = await person.visit(app, app.begin(**changes))
        assert page.status == 400
        assert [hop.status for hop in page.hops] == [400]
        assert page.soup.select_one("#request-id")


async def test_the_same_address_registered_again_is_told_only_in_the_mail(
    installation: Installation,
) -> None:
    email = "known@example.jp"
    async with shop(installation.url) as app:
        async with Person(installation, email) as person:
            await _register(person, app)
        async with Person(installation, email) as stranger:
            page = await stranger.open("/sign-in")
            page = await page.follow("Create an account")
            page = await stranger.press(page, "Next", email=email)
            assert page.heading == "Enter the code"
            assert (page.status, email in page.text) == (200, False)
            letter = await installation.letter(email, 2)
            assert "already" in letter.text


async def test_a_changed_notice_is_asked_for_before_the_next_app(
    own_installation: Installation,
) -> None:
    installation = own_installation
    async with Person(installation, "terms@example.jp") as person, shop(installation.url) as app:
        await _register(person, app)
        changed = installation.server.home.parent / "changed.yaml"
        changed.write_text(
            CONFIG.read_text().replace(
                '- key: terms\n    version: "2026-04"', '- key: terms\n    version: "2026-10"'
            )
        )
        assert installation.apply(changed)
        attempt = app.begin()
        page = await person.visit(app, attempt)
        assert "/consent?" in page.url, page.text
        page = await person.press(page, "Agree")
        assert page.status == 422  # the box was not ticked
        page = await person.press(page, "Agree", notice_terms=True)
        assert (await app.finish(attempt, page.url)).access


def test_applying_the_same_file_again_changes_nothing(installation: Installation) -> None:
    assert installation.apply().strip() == "Nothing to change."
