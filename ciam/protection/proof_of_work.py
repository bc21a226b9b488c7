"""Proof of work: a browser finds the number behind a hash before its form is looked at.

The form of the challenge is that of ALTCHA (salt, challenge, signature, number), with a keyed hash
that also covers what it is for and the network it was made for. It costs no row when it is handed
out; its use is one insert. Who has no scripts waits instead: the challenge tells when it was made,
and few of one network may do so in a while. No picture, no sound, no third party.
"""

import base64
import binascii
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ciam.errors import Refusal
from ciam.identifiers import is_same
from ciam.policies import ChallengePolicy, Policies
from ciam.protection.failure_rate import is_under_attack
from ciam.protection.limits import try_reserve
from ciam.protection.networks import network_of
from ciam.sealing import ServerKeys, keyed_hash
from ciam.storage import UnitOfWork

SIGN_IN: Final = "sign_in"
LIFETIME: Final = timedelta(minutes=10)

_KIND: Final = "proof_of_work"
_WAITED: Final = "waited_for_work"
_ALGORITHM: Final = "SHA-256"
_MOST_BYTES: Final = 2048


class WorkAsked(Refusal):
    """Work has to be proven first; nothing was looked at."""

    code = "work_asked"


class WorkRefused(Refusal):
    """Not the answer to a challenge of ours for this purpose and network, used or too old."""

    code = "work_refused"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser gets: the least number from 0 to maxnumber whose hash with salt this is."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str = field(repr=False)

    def to_json(self) -> str:
        """Give it as the page carries it."""
        return json.dumps(asdict(self))

    def unsolved(self) -> str:
        """Give the answer of who waits instead of working."""
        return base64.b64encode(self.to_json().encode()).decode()


async def is_asked(transaction: UnitOfWork, policies: Policies, *, address: str) -> bool:
    """Whether a browser that is not known has to work now."""
    policy = policies.challenges
    if policy.proof_of_work != "under_attack":
        return policy.proof_of_work == "always"
    return await is_under_attack(transaction, policies, address=address)


@dataclass(frozen=True, slots=True)
class Offer:
    """A challenge as a page carries it, and how long who has no scripts waits instead."""

    challenge: str = field(repr=False)
    unsolved: str = field(repr=False)
    wait_seconds: int


async def offer_work(transaction: UnitOfWork, action: str, *, address: str) -> Offer | None:
    """Give the challenge of a page; None while nobody has to work."""
    policies = await transaction.policies.get()
    if not await is_asked(transaction, policies, address=address):
        return None
    policy, now = policies.challenges, transaction.clock.now()
    made = new_challenge(transaction.keys, policy, action, address=address, now=now)
    return Offer(made.to_json(), made.unsolved(), int(policy.wait.total_seconds()))


def new_challenge(
    keys: ServerKeys, policy: ChallengePolicy, action: str, *, address: str, now: datetime
) -> Challenge:
    """Make a challenge for one action from one network, good for ten minutes."""
    times = {"made": int(now.timestamp()), "expires": int((now + LIFETIME).timestamp())}
    salt = f"{secrets.token_hex(12)}?{urlencode(times)}&"
    challenge = _hash(salt, secrets.randbelow(policy.work + 1))
    bound = (salt, challenge, action, network_of(address))
    signature = _sign(keys, keys.cookie.newest.version, bound)
    return Challenge(_ALGORITHM, challenge, policy.work, salt, signature)


def check_solution(
    keys: ServerKeys, given: str, action: str, *, address: str, now: datetime
) -> tuple[str, bool, datetime]:
    """Check an answer: base64 of JSON with algorithm, challenge, number, salt and signature.

    Gives the challenge to be claimed, whether it was solved, and when it was made. Raise
    WorkRefused unless it is ours, for this action and network, and not too old.
    """
    answer = _read(given)
    salt, challenge = answer["salt"], answer["challenge"]
    bound = (salt, challenge, action, network_of(address))
    is_ours = any(
        is_same(answer["signature"], _sign(keys, version, bound)) for version in keys.cookie.keys
    )
    if not is_ours or answer.get("algorithm") != _ALGORITHM:
        raise WorkRefused("not made here for this action and network")
    times = dict(parse_qsl(salt.partition("?")[2]))
    if int(times["expires"]) <= now.timestamp():
        raise WorkRefused("too old")
    number = answer.get("number")
    is_solved = isinstance(number, int) and _hash(salt, number) == challenge
    return challenge, is_solved, datetime.fromtimestamp(int(times["made"]), UTC)


async def use_solution(
    transaction: UnitOfWork,
    policies: Policies,
    given: str,
    action: str,
    *,
    address: str,
    form: str = "",
) -> None:
    """Use an answer up; raise WorkRefused for one that is used, or neither solved nor waited for.

    `form` names what it was sent with, without any secret: the same form counts once more, since a
    browser may send it twice. Commit before what was to be protected goes on, or use it up in the
    transaction that does it.
    """
    now = transaction.clock.now()
    challenge, is_solved, made_at = check_solution(
        transaction.keys, given, action, address=address, now=now
    )
    until, sent_with = now + LIFETIME, f"{challenge} {form}"
    if not await transaction.single_uses.claim(_KIND, challenge, expires_at=until):
        is_same = form != "" and await transaction.single_uses.is_claimed(_KIND, sent_with)
        again = f"{sent_with} again"
        if is_same and await transaction.single_uses.claim(_KIND, again, expires_at=until):
            return
        raise WorkRefused("used before")
    if form:
        await transaction.single_uses.claim(_KIND, sent_with, expires_at=until)
    if not is_solved:
        await _check_waited(transaction, policies.challenges, made_at, address)


async def _check_waited(
    transaction: UnitOfWork, policy: ChallengePolicy, made_at: datetime, address: str
) -> None:
    if transaction.clock.now() - made_at < policy.wait:
        raise WorkRefused("neither solved nor waited for")
    network = network_of(address)
    if not await try_reserve(transaction, _WAITED, network, allowed=policy.waits, window=LIFETIME):
        raise WorkRefused("too many of this network have waited instead")


def _read(given: str) -> dict[str, Any]:
    if len(given) > _MOST_BYTES:
        raise WorkRefused("too long")
    try:
        answer = json.loads(base64.b64decode(given, validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise WorkRefused("no answer") from error
    names = ("salt", "challenge", "signature")
    if not isinstance(answer, dict) or not all(isinstance(answer.get(one), str) for one in names):
        raise WorkRefused("no answer")
    return answer


def _hash(salt: str, number: int) -> str:
    return sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(keys: ServerKeys, version: int, bound: tuple[str, ...]) -> str:
    return keyed_hash(keys.cookie.keys[version], "proof of work", *bound).hex()
