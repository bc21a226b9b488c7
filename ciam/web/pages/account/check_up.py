"""The words of the security check-up, and where each point is put right."""

from typing import Final, TypedDict

from ciam.authentication.check_up import (
    PASSWORD,
    RECOVERY_CODES,
    SECOND_FACTOR,
    SESSIONS,
    Finding,
)
from ciam.texts import Text

_HREFS: Final = {
    SECOND_FACTOR: "/account/second-factor",
    RECOVERY_CODES: "/account/second-factor/recovery-codes",
    PASSWORD: "/account/password",
    SESSIONS: "/account/sessions",
}
_ACTIONS: Final = {
    SECOND_FACTOR: Text("Set up a second step"),
    RECOVERY_CODES: Text("Make new codes"),
    PASSWORD: Text("Change the password"),
    SESSIONS: Text("Look at them"),
}
_WELL: Final = {
    SECOND_FACTOR: Text("Your password alone does not open the account."),
    RECOVERY_CODES: Text("Recovery codes are left for when you lose the app."),
    PASSWORD: Text("Nothing speaks against your password."),
    SESSIONS: Text("You are signed in on this device only."),
}


class Point(TypedDict):
    """One line of the card."""

    is_well: bool
    what: Text
    href: str
    action: Text


def describe_finding(finding: Finding) -> Point:
    """Put a finding into words."""
    point = finding.point
    return Point(
        is_well=finding.is_well,
        what=_WELL[point] if finding.is_well else _wanting(finding),
        href=_HREFS[point],
        action=_ACTIONS[point],
    )


def _wanting(finding: Finding) -> Text:
    match finding.point:
        case "second_factor":
            return Text("Whoever learns your password can sign in: there is no second step.")
        case "recovery_codes":
            return Text("Recovery codes left: {n}.", n=finding.count)
        case "sessions":
            return Text("Signed in on other devices: {n}. Do you know them all?", n=finding.count)
        case _ if finding.count:
            return Text("Your password is among the first that are guessed.")
        case _:
            return Text("You have had your password for more than three years.")
