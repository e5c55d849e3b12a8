"""Send mails."""

from __future__ import annotations

import logging
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from oneinvoice_impl.domain.email import ascii_domain

logger = logging.getLogger(__name__)

_TIMEOUT = 20
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain text to one address, and the link in it, if the text ends with one."""

    to: str
    subject: str
    text: str
    at: datetime
    link: str | None = field(default=None, repr=False)


class Mailer(Protocol):
    """Sends mails, or keeps them."""

    def send(self, mail: Mail) -> None:
        """Take a mail, without waiting until it is sent."""

    def close(self) -> None:
        """Take no more."""


class SmtpMailer:
    """Sends through a mail server, in threads: nobody can tell by the time whether and where a mail goes."""

    def __init__(self, url: str, sender: str) -> None:
        """Connect to nothing yet; `url` is as in `Settings.smtp_url`."""
        self._server = urlsplit(url)
        self._sender = sender
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail")

    def send(self, mail: Mail) -> None:
        """Queue a mail. A failure is logged without address and text; the addressee can ask for another mail."""
        self._threads.submit(self._deliver, mail)

    def close(self) -> None:
        """Discard the mails that are still queued."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, mail: Mail) -> None:
        try:
            with connect(self._server) as smtp:
                smtp.send_message(_message(mail, self._sender))
        except NoTls:
            logger.error("mail: the server of ONEINVOICE_SMTP_URL offers no TLS, so it gets no password; use smtps://.")
        except Exception as error:
            # Whatever it is: nobody waits for this thread who could be told.
            logger.error("mail: it could not be sent (%s); look at ONEINVOICE_SMTP_URL.", type(error).__name__)


class NoTls(Exception):
    """The server offers no TLS, without which a password would be sent in clear text."""


def connect(server: SplitResult) -> smtplib.SMTP:
    """Return a connection that mails can be sent through. Raises `NoTls`, `smtplib.SMTPException` or `OSError`."""
    host = server.hostname or ""
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=_TIMEOUT, context=context)
        secret = True
    else:
        smtp = smtplib.SMTP(host, server.port or 587, timeout=_TIMEOUT)
        smtp.ehlo()
        secret = smtp.has_extn("starttls")
        if secret:
            smtp.starttls(context=context)
    if server.username is not None:
        if not secret and not _is_loopback(host):
            smtp.close()
            raise NoTls
        smtp.login(unquote(server.username), unquote(server.password or ""))
    return smtp


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = _deliverable(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    # So that no machine answers.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text if mail.link is None else f"{mail.text}\n{mail.link}\n")
    return message


def _deliverable(address: str) -> str:
    """Return an address as every mail server takes it, as far as its local part is ASCII (RFC 6531, 3.2)."""
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{ascii_domain(domain) or domain}"
