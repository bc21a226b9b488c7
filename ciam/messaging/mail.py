"""Write a mail: both parts in one MIME message (RFC 5322, 2046), the same bytes at every try."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
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
    message = EmailMessage(policy=SMTP)
    message["Subject"] = mail.subject
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Date"] = format_datetime(created_at)
    message["Message-ID"] = f"<{job}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office replies
    message["Content-Language"] = language
    message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return message


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    user, _, domain = address.rpartition("@")
    if not user or not domain:
        raise Misconfigured("not a mail address: see CIAM_MAIL_FROM")
    if not domain.isascii():
        domain = domain.encode("idna").decode("ascii")
    return Address(name, user, domain)
