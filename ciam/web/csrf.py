"""Cross-site request forgery: a form counts only when our page, in this browser, sent it.

Two checks, both must pass: the browser's own word (Sec-Fetch-Site, Origin), and a token made from
the browser cookie, so a form of another browser is refused as well (login CSRF).
"""

from typing import Final
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection

from ciam.errors import PageRefusal
from ciam.identifiers import hash_secret
from ciam.texts import Text
from ciam.web.browser import browser_secret
from ciam.web.cookies import BROWSER, read_cookie
from ciam.web.parts import parts

FIELD: Final = "csrf_token"
_LIFETIME_SECONDS: Final = 24 * 3600


def csrf_token(request: HTTPConnection) -> str:
    """Make the token for the forms of a page."""
    browser = hash_secret(browser_secret(request)).hex()
    return _signer(request, browser).sign(b"form").decode()


def check_csrf(request: HTTPConnection, token: str) -> None:
    """Raise PageRefusal unless our own page sent this form from this browser."""
    if not _is_same_origin(request):
        raise _refusal("the browser says that another site sent the form")
    secret = read_cookie(request, BROWSER)
    if secret is None:
        raise _refusal("the form came without the browser cookie")
    try:
        _signer(request, hash_secret(secret).hex()).unsign(token, max_age=_LIFETIME_SECONDS)
    except BadSignature as error:
        raise _refusal("the form token is missing, of another browser or too old") from error


def _is_same_origin(request: HTTPConnection) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    host = urlsplit(parts(request).settings.issuer).netloc
    return urlsplit(origin).netloc == host


def _signer(request: HTTPConnection, browser: str) -> TimestampSigner:
    secrets = parts(request).database.keys.cookie.secrets
    return TimestampSigner(secrets, salt=f"csrf:{browser}")


def _refusal(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        status=403,
        code="form_not_ours",
        title=Text("This form could not be accepted"),
        text=Text("Please go back, load the page again and send the form once more."),
    )
