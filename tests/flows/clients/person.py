"""A person before a browser without scripts: reads the page, types, presses one button."""

from dataclasses import dataclass, field
from typing import Self

import httpx

from tests.flows.clients.installation import Installation
from tests.flows.clients.relying_app import Attempt, RelyingApp
from tests.parts.plain_browser import Page, PlainBrowser

PASSWORD = "seven blue umbrellas in May"

WORDS = {
    "en": {},
    "ja": {
        "Sign in": "ログイン",
        "Create an account": "アカウントを作成",
        "Next": "次へ",
        "Enter the code": "コードの入力",
        "Your details": "お客様の情報",
        "Create the account": "アカウントを作成",
        "Allow": "許可する",
        "Do not allow": "許可しない",
        "Withdraw": "撤回する",
        "Agree": "同意する",
        "Sign out": "ログアウト",
        "Remove": "解除",
        "Send the code": "コードを送る",
        "Check your mail": "メールをご確認ください",
        "Choose a new password": "新しいパスワードの設定",
        "Save the password and sign in": "保存してログイン",
        "Set a new password": "パスワードの再設定",
        "Forgotten your password?": "パスワードをお忘れですか",
        "Use another address": "別のアドレスを使う",
    },
}


@dataclass
class Person:
    """One person with a browser, an address and a password."""

    installation: Installation
    email: str
    language: str = "en"
    password: str = PASSWORD
    letters_read: int = 0
    catch: tuple[str, ...] = (
        "https://shop.example.jp/",
        "https://points.example.jp/",
        "https://partner.example.com/",
        "http://127.0.0.1:",
        "jp.example.reader:",
    )
    browser: PlainBrowser = field(init=False)

    def __post_init__(self) -> None:
        """Open the browser."""
        self.browser = PlainBrowser(catch=self.catch, language=self.language)

    async def __aenter__(self) -> Self:
        """Enter the context that closes the browser."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the browser."""
        await self.browser.__aexit__(None, None, None)

    def word(self, english: str) -> str:
        """Give a sentence of the pages in the person's language."""
        return WORDS[self.language].get(english, english)

    async def open(self, path: str) -> Page:
        """Open a page of the server."""
        return await self.browser.open(f"{self.installation.url}{path}")

    async def visit(self, app: RelyingApp, attempt: Attempt) -> Page:
        """Press `Sign in` at an app: a link of another site."""
        here = Page(self.browser, app.home, 200, httpx.Headers(), "")
        return await self.browser.navigate("GET", attempt.url, source=here)

    async def press(self, page: Page, button: str, **values: str | bool) -> Page:
        """Fill a form and press a button."""
        return await page.submit(self.word(button), values)

    async def read_code(self) -> str:
        """Wait for the next mail and give its code."""
        self.letters_read += 1
        return (await self.installation.letter(self.email, self.letters_read)).code

    async def prove_address(self, page: Page) -> Page:
        """Begin to register from a sign-in page on: address and code; gives the details page."""
        assert self.word("Sign in") == page.heading, page.text
        page = await page.follow(self.word("Create an account"))
        assert page.heading == self.word("Create an account"), page.text
        page = await self.press(page, "Next", email=self.email)
        assert page.heading == self.word("Enter the code"), page.text
        page = await self.press(page, "Next", code=await self.read_code())
        assert page.heading == self.word("Your details"), page.text
        assert self.email in page.text
        return page

    async def give_details(self, page: Page, **fields: str | bool) -> Page:
        """Finish to register: name, password, and the other fields of the page."""
        names = {"family_name": "山田", "given_name": "花子"}
        return await self.press(
            page, "Create the account", password=self.password, **names, **fields
        )

    async def sign_up(self, page: Page, **choices: str) -> Page:
        """Register from a sign-in page on: address, code, details with the choices made."""
        fields = {f"purpose_{key}": value for key, value in choices.items()}
        page = await self.prove_address(page)
        return await self.give_details(page, notice_terms=True, notice_privacy=True, **fields)

    async def sign_in(self, page: Page, password: str | None = None) -> Page:
        """Type address and password."""
        assert page.heading == self.word("Sign in"), page.text
        return await self.press(
            page, "Sign in", identifier=self.email, password=password or self.password
        )
