"""The two families of errors, and which of them keeps what was written.

    CiamError
    ├── Refusal            understood and declined: roll back, write what was registered with
    │   │                  `transaction.on_refusal`, answer
    │   ├── OAuthError     (ciam.oauth.errors) one class for each registered error code
    │   ├── SignInRefused  one sentence for every cause that a stranger could probe
    │   ├── FormRefused    a form that has to be corrected: which field, which sentence
    │   └── ApiRefusal     a problem document (RFC 9457)
    ├── Unavailable        a part is gone or overloaded: 503 and Retry-After
    └── Misconfigured      an operator must act: roll back, 500

Raised anywhere, turned into a page, JSON or a redirect in one file: `ciam.web.error_responses`.
The public description and the private cause are kept apart: only the first leaves the server.
"""

from collections.abc import Mapping
from datetime import timedelta

from ciam.texts import Text


class CiamError(Exception):
    """Everything the server raises on purpose."""

    def __init__(self, cause: str = "") -> None:
        """Keep the private cause: it is logged, never shown, and holds no personal data."""
        super().__init__(cause)
        self.cause = cause


class Refusal(CiamError):
    """Understood and declined."""

    status = 400
    code = "refused"


class SignInRefused(Refusal):
    """A sign-in failed; the sentence is the same for every cause that a stranger could probe."""

    code = "sign_in_refused"

    def __init__(
        self,
        cause: str,
        text: Text = Text("That sign-in name and password do not match."),  # noqa: B008 - frozen
    ) -> None:
        """Take the private cause and the public sentence."""
        super().__init__(cause)
        self.text = text


class FormRefused(Refusal):
    """What was typed has to be corrected: a sentence for each field, or one for the whole form."""

    status = 422
    code = "form_refused"

    def __init__(
        self,
        cause: str,
        *,
        errors: Mapping[str, Text] | None = None,
        alert: Text | None = None,
    ) -> None:
        """Take a sentence per field name, and one above the form."""
        super().__init__(cause)
        self.errors = dict(errors or {})
        self.alert = alert


class PageRefusal(Refusal):
    """A page that cannot go on: expired, used, unknown. Shows the sentence and the way on."""

    code = "page_refused"

    def __init__(
        self,
        cause: str,
        *,
        text: Text,
        title: Text = Text("This page is no longer valid"),  # noqa: B008 - frozen
        status: int = 400,
        code: str = "page_refused",
    ) -> None:
        """Take the sentence, the heading, the HTTP status and a stable code."""
        super().__init__(cause)
        self.text = text
        self.title = title
        self.status = status
        self.code = code


class TooManyAttempts(Refusal):
    """A limit was reached: 429 and Retry-After (RFC 6585 §4)."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, cause: str, retry_after: timedelta) -> None:
        """Take the time after which another attempt makes sense."""
        super().__init__(cause)
        self.retry_after = retry_after
        self.text = Text("There were too many attempts. Please wait a while and try again.")


class ApiRefusal(Refusal):
    """A problem document (RFC 9457): `type` is built from the code, `title` from the text."""

    def __init__(
        self,
        status: int,
        code: str,
        title: Text,
        *,
        cause: str = "",
        faults: Mapping[str, Text] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        """Take the HTTP status, a stable code, the sentence for people, and one for each fault.

        A fault goes by its JSON pointer (RFC 6901), written as a URI fragment. `members` stand
        beside them (RFC 9457 §3.2).
        """
        super().__init__(cause or code)
        self.status = status
        self.code = code
        self.title = title
        self.faults = dict(faults or {})
        self.members = dict(members or {})


class Unavailable(CiamError):
    """A part is gone or has too much to do: 503 with Retry-After (RFC 9110 §10.2.3)."""

    def __init__(self, cause: str, retry_after: timedelta = timedelta(seconds=2)) -> None:
        """Take the time after which another try makes sense."""
        super().__init__(cause)
        self.retry_after = retry_after


class Misconfigured(CiamError):
    """An operator must act; the cause says which setting and how."""
