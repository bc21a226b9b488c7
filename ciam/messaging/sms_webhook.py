"""Text messages by a web hook of the operator's own, signed (Standard Webhooks 1.0).

The receiver computes HMAC-SHA256 over `id.timestamp.body` with the secret that both know, refuses
what differs or is older than some minutes, and sends a message of the same id once.
"""

import base64
import hashlib
import hmac
import json
from typing import Final
from urllib.parse import SplitResult, unquote

from ciam.clock import Clock, to_epoch_seconds
from ciam.errors import Misconfigured, Unavailable
from ciam.messaging.transports import Undeliverable
from ciam.outbound import Outbound, OutboundFailed

_LATER: Final = frozenset({408, 409, 425, 429})
_SHORTEST_SECRET: Final = 16


class WebhookSmsTransport:
    """Posts JSON {id, to, text} to one address."""

    def __init__(self, url: SplitResult, outbound: Outbound, clock: Clock) -> None:
        """Take https://:SECRET@host/path; raise Misconfigured without a secret."""
        secret = unquote(url.password or "")
        if len(secret) < _SHORTEST_SECRET:
            cause = "CIAM_SMS_URL: expected https://:SECRET@host/path, the secret of 16 signs"
            raise Misconfigured(cause)
        self._secret = secret.encode()
        self._url = without_secret(url)
        self._outbound = outbound
        self._clock = clock

    async def deliver(self, *, to: str, text: str, name: str) -> None:
        """Post one message."""
        body = json.dumps({"id": name, "to": to, "text": text}, ensure_ascii=False).encode()
        moment = str(to_epoch_seconds(self._clock.now()))
        signed = hmac.digest(self._secret, f"{name}.{moment}.".encode() + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": name,
            "Webhook-Timestamp": moment,
            "Webhook-Signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        try:
            answer = await self._outbound.request("POST", self._url, headers=headers, content=body)
        except OutboundFailed as error:
            cause = f"text message {name}: {error.cause}"
            raise Unavailable(cause) from None
        check_taken(answer.status, name)


def without_secret(url: SplitResult) -> str:
    """Give the address without who is calling, as it may be asked for."""
    return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()


def check_taken(status: int, name: str) -> None:
    """Raise Unavailable or Undeliverable unless the message was taken."""
    if status // 100 == 2:  # noqa: PLR2004 - 2xx (RFC 9110 §15.3)
        return
    cause = f"text message {name}: answered {status}"
    if status // 100 == 4 and status not in _LATER:  # noqa: PLR2004 - 4xx (RFC 9110 §15.5)
        raise Undeliverable(cause)
    raise Unavailable(cause)
