"""What may speak against a sign-in: one small function each, over facts that were read before.

One more signal is one function and one entry of `SIGNALS`. Its weight is what an operator may
change by name (policy `risk.weights`); its title is what operators read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciam.protection.travel import could_travel
from ciam.texts import Text

NEW_COUNTRY: Final = "new_country"
GUESSABLE_PASSWORD: Final = "guessable_password"

_MANY_CUSTOMERS: Final = 10
_MANY_SIGN_INS: Final = 5
_MANY_FAILURES: Final = 5


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """When and in which country the customer signed in before."""

    at: datetime
    country: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when somebody has proven a first factor.

    past               earlier sign-ins that ended in a session, the newest first
    is_known_device    whether the customer signed in on this device before
    has_known_device   whether they signed in on any before
    is_anonymous       whether the network hides who uses it
    is_guessable       whether the password is among those that are guessed first
    customers_nearby   other customers who signed in from this network within the hour
    sign_ins_lately    sign-ins of the customer within ten minutes
    failures_lately    failed ones within the hour
    """

    now: datetime
    country: str | None = field(repr=False)
    past: Sequence[PastSignIn] = field(repr=False)
    is_known_device: bool
    has_known_device: bool
    is_anonymous: bool
    is_guessable: bool
    customers_nearby: int
    sign_ins_lately: int
    failures_lately: int


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that may speak against a sign-in, and how loudly."""

    name: str
    weight: int
    speaks: Callable[[Facts], bool]
    title: Text


def is_new_device(facts: Facts) -> bool:
    """Tell whether the customer has devices, and this is none of them."""
    return facts.has_known_device and not facts.is_known_device


def is_new_country(facts: Facts) -> bool:
    """Tell whether the customer signed in before, and never from here."""
    known = {one.country for one in facts.past if one.country is not None}
    return facts.country is not None and bool(known) and facts.country not in known


def is_impossible_travel(facts: Facts) -> bool:
    """Tell whether nobody could have come here since the last sign-in whose country is known."""
    last = next((one for one in facts.past if one.country is not None), None)
    if last is None or last.country is None or facts.country is None:
        return False
    return not could_travel(last.country, facts.country, facts.now - last.at)


def is_anonymous_network(facts: Facts) -> bool:
    """Tell whether the operator has listed the network as one that hides its users."""
    return facts.is_anonymous


def is_busy_network(facts: Facts) -> bool:
    """Tell whether many customers sign in from one address within an hour."""
    return facts.customers_nearby >= _MANY_CUSTOMERS


def is_quick_succession(facts: Facts) -> bool:
    """Tell whether the customer signs in again and again within minutes."""
    return facts.sign_ins_lately >= _MANY_SIGN_INS


def is_after_failures(facts: Facts) -> bool:
    """Tell whether somebody failed to sign in to this account several times within the hour."""
    return facts.failures_lately >= _MANY_FAILURES


def is_guessable_password(facts: Facts) -> bool:
    """Tell whether the password is one that anybody would try first."""
    return facts.is_guessable


SIGNALS: Final = (
    Signal("new_device", 15, is_new_device, Text("A device not seen before")),
    Signal(NEW_COUNTRY, 25, is_new_country, Text("A country not seen before")),
    Signal("impossible_travel", 45, is_impossible_travel, Text("Too far from the last sign-in")),
    Signal("anonymous_network", 35, is_anonymous_network, Text("A network that hides its users")),
    Signal("busy_network", 30, is_busy_network, Text("Many customers from one address")),
    Signal("quick_succession", 20, is_quick_succession, Text("Many sign-ins within minutes")),
    Signal("failures", 20, is_after_failures, Text("Several failed sign-ins before")),
    Signal(GUESSABLE_PASSWORD, 15, is_guessable_password, Text("A password that is guessed")),
)
"""Every signal there is."""


def listen(facts: Facts, weights: Mapping[str, int]) -> dict[str, int]:
    """Give the signals that speak, by name, with their weights; those of weight 0 are silent."""
    heard = {one.name: weights.get(one.name, one.weight) for one in SIGNALS if one.speaks(facts)}
    return {name: weight for name, weight in heard.items() if weight}


def title_of(name: str) -> Text:
    """Give what a signal is called, or its name when it is no more."""
    found = (one.title for one in SIGNALS if one.name == name)
    return next(found, Text("{name}", name=name))
