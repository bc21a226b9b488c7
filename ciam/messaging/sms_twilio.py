"""Text messages by Twilio's interface, which other carriers speak too.

twilio://SID:TOKEN@api.twilio.com?from=%2B15005550006, or `?service=MG...` for a pool of senders.
"""

import base64
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote

from ciam.errors import Misconfigured, Unavailable
from ciam.messaging.sms_webhook import check_taken
from ciam.outbound import Outbound, OutboundFailed

_PATH: Final = "/2010-04-01/Accounts/{sid}/Messages.json"
_OURS_TO_MEND: Final = frozenset({401, 403, 404})


class TwilioSmsTransport:
    """Posts a form of To, From or MessagingServiceSid, and Body."""

    def __init__(self, url: SplitResult, outbound: Outbound) -> None:
        """Take the address with SID, token and sender; raise Misconfigured without one."""
        sid, token = unquote(url.username or ""), unquote(url.password or "")
        query = parse_qs(url.query)
        sender = {
            field: query[name][0]
            for name, field in (("from", "From"), ("service", "MessagingServiceSid"))
            if name in query
        }
        if not sid.isalnum() or not token or len(sender) != 1:
            cause = "CIAM_SMS_URL: expected twilio://SID:TOKEN@host?from=NUMBER or ?service=SID"
            raise Misconfigured(cause)
        host = url.netloc.rpartition("@")[2]
        self._url = f"https://{host}{_PATH.format(sid=sid)}"
        self._sender = sender
        pair = base64.b64encode(f"{sid}:{token}".encode()).decode()
        self._credentials = f"Basic {pair}"  # RFC 7617
        self._outbound = outbound

    async def deliver(self, *, to: str, text: str, name: str) -> None:
        """Post one message; the interface knows no ids of ours, so a lost answer may cost twice."""
        try:
            answer = await self._outbound.request(
                "POST",
                self._url,
                headers={"Authorization": self._credentials},
                data={"To": to, "Body": text, **self._sender},
            )
        except OutboundFailed as error:
            cause = f"text message {name}: {error.cause}"
            raise Unavailable(cause) from None
        if answer.status in _OURS_TO_MEND:  # a wrong token: mended, the next try succeeds
            cause = f"text message {name}: CIAM_SMS_URL is refused with {answer.status}"
            raise Unavailable(cause)
        check_taken(answer.status, name)
