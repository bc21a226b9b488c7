"""What a job is: a function of the parts it may use and the claimed row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ciam.errors import CiamError
from ciam.messaging.sms import SmsTransport
from ciam.messaging.transports import MailTransport
from ciam.rendering import Renderer
from ciam.settings import Settings
from ciam.storage import Database
from ciam.storage.stores.outbox import OutboxJob


class Hopeless(CiamError):
    """No later try can succeed: the job is given up and left for an operator."""


@dataclass(frozen=True)
class JobParts:
    """What jobs may use."""

    settings: Settings
    database: Database
    renderer: Renderer
    mail: MailTransport
    sms: SmsTransport


Job = Callable[[JobParts, OutboxJob], Awaitable[None]]
"""Carries out one row; raising puts it back for a later try, raising Hopeless gives it up."""
