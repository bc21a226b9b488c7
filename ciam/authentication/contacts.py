"""Which way a code goes: to the address or the number that somebody typed, and where it is wanted.

A lost password is set by text message only where there is no proven e-mail address: numbers are let
go of and given to others, and the next holder must not get the account.
"""

from typing import Final
from uuid import UUID

from ciam.authentication.journey import RECOVERY, SIGN_UP
from ciam.authentication.method import SentCode, Target
from ciam.authentication.methods import email_code, sms_code
from ciam.authentication.names import missing_name
from ciam.customers.identifiers import PHONE, parse_email
from ciam.customers.phones import PhoneNumber, is_phone, parse_phone
from ciam.errors import FormRefused
from ciam.policies import MethodPolicy, Policies
from ciam.storage import UnitOfWork
from ciam.texts import Text

_FOREIGN: Final = Text("We cannot send messages to numbers of that country.")


def takes_phone(policies: Policies, kind: str) -> bool:
    """Tell whether a journey of a kind may be gone through with a number alone."""
    accepted = {"sign_up"} if kind == SIGN_UP else {"sign_in", "sign_up"}
    return policies.names.phone in accepted


def read_contact(
    policies: Policies, journey_kind: str, typed: str, kind: str
) -> tuple[SentCode, Target]:
    """Give where a code goes for a typed `email` or `phone`; raise FormRefused on that field.

    Who lost a password is found by the addresses of old carriers too.
    """
    if kind == PHONE and takes_phone(policies, journey_kind):
        return sms_code, sms_code.target_of(read_number(policies, typed))
    address = parse_email(typed, old_carriers=journey_kind == RECOVERY)
    return email_code, email_code.target_of(address)


def read_number(policies: Policies, typed: str) -> PhoneNumber:
    """Read a number that messages may go to; raise FormRefused on the field `phone`."""
    number = parse_phone(typed, policies.names.region)
    if number.country not in policies.sms.countries:
        raise FormRefused("a country that gets no messages", errors={PHONE: _FOREIGN})
    return number


def read_name(policies: Policies, methods: MethodPolicy, typed: str) -> tuple[SentCode, Target]:
    """Give where a code goes for a typed sign-in name, by a way that may begin a sign-in."""
    region = policies.names.region
    for channel in (email_code, sms_code):
        target = channel.read_target(typed, region)
        if target is not None and methods.allows(channel.METHOD, "first"):
            return channel, target
    sends_mail = methods.allows(email_code.METHOD, "first")
    sends_text = methods.allows(sms_code.METHOD, "first")
    sentence = Text("Enter an e-mail address like name@example.com.")
    if not typed.strip():
        sentence = missing_name(policies.names)
    elif sends_text:
        sentence = Text("Enter your phone number: a code can only be sent there.")
        if sends_mail:
            sentence = Text("Enter your e-mail address or phone number: a code is sent there.")
    raise FormRefused("no code can go there", errors={"identifier": sentence})


def channel_for(lookup: str) -> SentCode:
    """Give the way that codes go to an address or number (its lookup form)."""
    return sms_code if is_phone(lookup) else email_code


async def find_reachable(
    transaction: UnitOfWork, kind: str, channel: SentCode, target: Target, customer: UUID
) -> tuple[SentCode, Target]:
    """Give where a code for somebody's account really goes; with the same work for nobody's."""
    if kind != RECOVERY or channel.METHOD != sms_code.METHOD:
        return channel, target
    mailed = await email_code.find_target(transaction, customer)
    return (channel, target) if mailed is None else (email_code, mailed)
