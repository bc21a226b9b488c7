"""Write a mail: both parts in one MIME message (RFC 5322, 2046), the same bytes at every try."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from uuid import UUID

from ciam.errors import Misconfigured
from ciam.rendering import RenderedMail


def write_mail(
    mail: RenderedMail,
    *,
    job: UUID,
    sender: str,
    to: str,
    language: str,
    host: str,
    created_at: datetime,
) -> EmailMessage:
    """Give the message; its Message-ID is the job's, so that a second try is recognised."""
    recipient = _address("", to, "the recipient's address")
    is_plain = recipient.username.isascii()  # else the address itself needs RFC 6531
    message = EmailMessage(policy=SMTP if is_plain else SMTPUTF8)
    message["Subject"] = mail.subject
    message["From"] = _address(*parseaddr(sender), "CIAM_MAIL_FROM")
    message["To"] = recipient
    message["Date"] = format_datetime(created_at)
    message["Message-ID"] = f"<{job}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office replies
    message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = language  # last: setting a content drops what it finds
    message.set_boundary(f"=_{job.hex}")  # "=_" never occurs in quoted-printable (RFC 2045 §6.7)
    return message


def _address(name: str, address: str, source: str) -> Address:
    """Read one address; raise Misconfigured without repeating it, since it may be a person's."""
    user, _, domain = address.rpartition("@")
    try:
        if user and domain:
            return Address(name, user, domain.encode("idna").decode("ascii"))
    except ValueError:  # a UnicodeError too
        pass
    cause = f"{source} is not a mailbox"
    raise Misconfigured(cause)
