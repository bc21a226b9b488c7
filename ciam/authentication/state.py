"""The sealed state of a journey: where it is, what was typed, what was proven, where it ends."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from ciam.authentication.requirement import Requirement


class Step(StrEnum):
    """What is asked next; each is one page."""

    PASSWORD = "password"
    SIGN_UP_ADDRESS = "sign_up_address"
    RECOVERY_ADDRESS = "recovery_address"
    CODE = "code"
    AT_PROVIDER = "at_provider"
    CONFIRM_LINK = "confirm_link"
    DETAILS = "details"
    NEW_PASSWORD = "new_password"
    CHANGE_CODE = "change_code"
    CHANGE_PHONE_CODE = "change_phone_code"
    SECOND_FACTOR = "second_factor"
    SET_UP = "set_up"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class NotedProof:
    """What was proven in a journey: by which method, with which RFC 8176 values, and when."""

    method: str
    amr: tuple[str, ...]
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """Give what is sealed."""
        return {"method": self.method, "amr": list(self.amr), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(kept["method"], tuple(kept["amr"]), datetime.fromisoformat(kept["at"]))


@dataclass(frozen=True, slots=True)
class NotedRisk:
    """How the first proof of a journey was judged (`ciam.authentication.risk`).

    assessment      the row that is kept of it
    asks            whether a second factor is asked for because of it
    is_new_country  whether the customer never signed in from this country before
    """

    assessment: UUID
    asks: bool
    is_new_country: bool

    def to_json(self) -> dict[str, Any]:
        """Give what is sealed."""
        return {
            "assessment": self.assessment.hex,
            "asks": self.asks,
            "is_new_country": self.is_new_country,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(UUID(kept["assessment"]), kept["asks"], kept["is_new_country"])


@dataclass(frozen=True, slots=True)
class State:
    """What a journey knows; nothing of it leaves the sealed row.

    address, lookup   where a code goes, and what is compared (`ciam.customers.identifiers`)
    sent_by           the method whose code was sent newest (`methods.SENT_CODES`)
    sent_at           when that was, or would have been
    code_expires_at   until when it is valid
    proven_at         when the address was proven
    pending           a social identity that was proven here and is nobody's yet
    proof             who was proven beside it, until they say whether to link the two; or before
                      something of the profile is asked
    nonce             from which the secrets of the session at the end are computed
    proofs            what was proven so far, of the one customer whose journey it is
    epoch             their credential epoch when the first of it was proven
    session           the session that is stepped up, which gave the first of the proofs
    answer            keyed hash of the code that the journey ended with, if it was a second factor
    tells_owner       whether the end on a new device is worth a mail to them
    risk              how the first proof was judged, where that is done
    new_password      hash of the password that counts once the second factor is proven
    invitation        by which the address was proven, used up when the customer is made
    question          the attribute that is asked now (`profile_question`), by its claim
    ticket            what the form of that question carries, so that it answers no other one
    asked             the attributes that were asked in this journey
    handle            what names it in an address, kept where a form sent twice must find it again
    """

    step: Step
    return_to: str
    requirement: Requirement
    client: UUID | None = None
    identifier: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    lookup: str = field(default="", repr=False)
    sent_by: str = ""
    sent_at: datetime | None = None
    code_expires_at: datetime | None = None
    proven_at: datetime | None = None
    pending: dict[str, Any] | None = field(default=None, repr=False)
    proof: dict[str, Any] | None = field(default=None, repr=False)
    nonce: str = field(default="", repr=False)
    proofs: tuple[NotedProof, ...] = ()
    epoch: int | None = None
    session: UUID | None = None
    answer: str = field(default="", repr=False)
    tells_owner: bool = True
    risk: NotedRisk | None = None
    new_password: str = field(default="", repr=False)
    invitation: UUID | None = None
    handle: str = ""
    question: str = ""
    ticket: str = field(default="", repr=False)
    asked: tuple[str, ...] = ()

    def without_proofs(self) -> Self:
        """Give the state in which nothing is proven of anybody."""
        return replace(self, proofs=(), session=None, new_password="")

    def to_json(self) -> dict[str, Any]:
        """Give what is sealed."""
        kept: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if isinstance(value, datetime):
                kept[name] = value.isoformat()
            else:
                kept[name] = str(value) if isinstance(value, UUID) else value
        return kept | {
            "requirement": self.requirement.to_json(),
            "proofs": [one.to_json() for one in self.proofs],
            "risk": None if self.risk is None else self.risk.to_json(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        values = {one.name: kept[one.name] for one in fields(cls) if one.name in kept}
        for name in ("sent_at", "code_expires_at", "proven_at"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        return cls(
            **values
            | {
                "step": Step(kept["step"]),
                "requirement": Requirement.from_json(kept["requirement"]),
                "client": UUID(kept["client"]) if kept.get("client") else None,
                "session": UUID(kept["session"]) if kept.get("session") else None,
                "invitation": UUID(kept["invitation"]) if kept.get("invitation") else None,
                "asked": tuple(kept.get("asked", ())),
                "proofs": tuple(NotedProof.from_json(one) for one in kept.get("proofs", ())),
                "risk": NotedRisk.from_json(kept["risk"]) if kept.get("risk") else None,
            }
        )
