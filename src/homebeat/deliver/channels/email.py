"""The e-mail channel: one message to one address, through the operator's mail server."""

from __future__ import annotations

import io
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any, Final

import httpcore2

from homebeat.deliver.accounts import EmailAccount
from homebeat.deliver.message import is_critical, write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import NoAnswer, Poster
from homebeat.domain.channel import find_mail_fault
from homebeat.egress.network import CallBudget
from homebeat.store import Leased

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_MOST_REPLY_BYTES: Final = 64 * 1024
_REPLIED: Final = 250
_ERRORS: Final = (smtplib.SMTPException, OSError, NoAnswer, httpcore2.TimeoutException, httpcore2.NetworkError)
_NOT_SET_UP: Final = Receipt(
    ok=False, error="no e-mail can be sent before [channels.email] is set up in the settings", is_final=True, needs_operator=True
)


class EmailChannel:
    """Sends to `channel_params["address"]`. Every attempt is a connection of its own."""

    def __init__(self, poster: Poster, account: EmailAccount | None) -> None:
        self._poster = poster
        self._account = account

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is that the server took the message. 4xx is tried again, 5xx is final."""
        if notice.channel_params is None:
            return NO_CHANNEL
        if self._account is None:
            return _NOT_SET_UP
        address = notice.channel_params.get("address", "")
        if fault := find_mail_fault(address):
            return Receipt(ok=False, error=f"the address {fault}", is_final=True)
        mail = make_mail(notice, self._account.sender, address, now)
        try:
            self._send(self._account, address, mail)
        except _ERRORS as error:
            return judge_error(error)
        return Receipt(ok=True, provider_code=str(_REPLIED))

    def find_account_fault(self) -> str:
        """Connect and sign in as for a message, and send none; returns what is wrong, or an empty text."""
        if self._account is None:
            return _NOT_SET_UP.error
        try:
            with self._begin(self._account):
                return ""
        except _ERRORS as error:
            return judge_error(error).error

    def _send(self, account: EmailAccount, address: str, mail: EmailMessage) -> None:
        with self._begin(account) as session:
            session.sendmail(account.sender, [address], mail.as_bytes())
            with suppress(*_ERRORS):
                session.putcmd("QUIT")  # said out of politeness: the message was taken, and nobody waits for an answer

    @contextmanager
    def _begin(self, account: EmailAccount) -> Iterator[_Session]:
        deadline = CallBudget(self._poster.timeout_s, _MOST_REPLY_BYTES)
        stream = self._poster.connect(account.host, account.port, deadline)
        try:
            if account.security == "tls":
                stream = stream.start_tls(self._poster.tls, account.host)
            session = _Session(stream, account.sender.partition("@")[2])
            if account.security == "starttls":
                stream = session.secure(self._poster.tls, account.host)
            if account.username:
                session.login(account.username, account.password)
            yield session
        finally:
            stream.close()


class _Session(smtplib.SMTP):
    """`smtplib` on a connection that somebody else has opened and bounded."""

    def __init__(self, stream: httpcore2.NetworkStream, our_name: str) -> None:
        super().__init__(local_hostname=our_name)  # without a name, the library looks up this machine's
        self.stream = stream
        self.sock: Any = _StreamSocket(stream)
        code, _ = self.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, "")
        self.ehlo_or_helo_if_needed()

    def secure(self, tls: ssl.SSLContext, host: str) -> httpcore2.NetworkStream:
        """Go over to TLS, or fail: a server that does not offer it gets no password and no message. Returns the new connection.

        Raises:
            smtplib.SMTPNotSupportedError: It does not offer it, or refuses.
        """
        if not self.has_extn("starttls") or self.docmd("STARTTLS")[0] != 220:
            raise smtplib.SMTPNotSupportedError("STARTTLS")
        self.stream = self.stream.start_tls(tls, host)
        self.sock, self.file = _StreamSocket(self.stream), None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.ehlo_or_helo_if_needed()
        return self.stream


class _StreamSocket:
    """As much of a socket as `smtplib` uses."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._stream))

    def sendall(self, line: ReadableBuffer) -> None:
        self._stream.write(bytes(line))

    def close(self) -> None:
        self._stream.close()


class _Reader(io.RawIOBase):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        received = self._stream.read(len(view))
        view[: len(received)] = received
        return len(received)


def make_mail(notice: Leased, sender: str, address: str, now: int) -> EmailMessage:
    """Make the message. Its `Message-ID` is the notice's, the same on every attempt, so that a mailbox shows it once."""
    message = write_message(notice)
    mail = EmailMessage(policy=SMTP)  # refuses line breaks in every header
    mail["From"], mail["To"], mail["Subject"] = sender, address, message.title
    mail["Date"] = datetime.fromtimestamp(now // 1000, UTC)
    mail["Message-ID"] = f"<{notice.id}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if is_critical(notice):
        mail["Importance"], mail["X-Priority"] = "high", "1"
    mail.set_content("\n".join(message.lines) + "\n", cte="base64")
    mail["Content-Language"] = notice.language  # after the content: setting that takes such headers away
    return mail


def judge_error(error: Exception) -> Receipt:
    """Judge how a session ended that did not end well. The server's words are not kept: they may repeat the address."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = next((reply[0] for reply in error.recipients.values()), 0)
            return _judge_code(code, "the address was refused")
        case smtplib.SMTPAuthenticationError():
            return _judge_code(error.smtp_code, "user name or password of [channels.email] was refused", is_ours=True)
        case smtplib.SMTPSenderRefused():
            return _judge_code(error.smtp_code, "channels.email.sender was refused", is_ours=True)
        case smtplib.SMTPResponseException():
            return _judge_code(error.smtp_code, "the message was refused")
        case smtplib.SMTPNotSupportedError():
            text = "the mail server does not offer what [channels.email] asks for: look at port, security and username"
            return Receipt(ok=False, error=text, is_final=True, needs_operator=True)
        case NoAnswer():
            text = str(error)
        case ssl.SSLError() | httpcore2.ConnectError():
            text = "the mail server's certificate is not trusted, or it does not speak TLS there"
        case httpcore2.TimeoutException():
            text = "the mail server took too long"
        case _:
            text = "the mail server broke off, said too much, or does not speak SMTP"
    return Receipt(ok=False, error=text)


def _judge_code(code: int, says: str, *, is_ours: bool = False) -> Receipt:
    is_final = 500 <= code < 600
    error = f"the mail server answered {code}: {says}"
    return Receipt(ok=False, error=error, is_final=is_final, provider_code=str(code), needs_operator=is_final and is_ours)
