"""A small mail server on loopback: it takes what comes, or answers one command as told."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Self

USUAL = {"EHLO": "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000", "MAIL": "250 OK", "RCPT": "250 OK"}


@dataclass
class MailServer:
    """Answers each command by `says`; None means that it hangs up there.

    Attributes:
        is_dripping: Its greeting never ends.
        tls: With it, every connection begins with TLS, or `STARTTLS` begins it where `is_offered`.
    """

    says: Mapping[str, str | None] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    is_offered: bool = False
    is_dripping: bool = False
    commands: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                with connection:
                    connection.settimeout(10)
                    begun = self.tls if not self.is_offered else None
                    self._serve(begun.wrap_socket(connection, server_side=True) if begun else connection)
            except OSError:
                continue

    def _serve(self, connection: socket.socket, *, is_secured: bool = False) -> None:
        usual = {**USUAL, "": "220 mail.example", "DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye", "AUTH": "235 welcome"}
        if self.is_offered and not is_secured:
            usual |= {"EHLO": "250-mail.example\r\n250 STARTTLS", "STARTTLS": "220 go on"}
        answers: dict[str, str | None] = {**usual, **self.says}
        with connection, connection.makefile("rb") as reader:
            while self.is_dripping:
                connection.sendall(b"2")
                self._closing.wait(0.05)
            verb, said = "", None if is_secured else answers[""]
            if said is not None:
                connection.sendall(f"{said}\r\n".encode())
            elif not is_secured:
                return
            while verb != "QUIT" and (line := reader.readline()):
                verb = line.decode().split(" ")[0].strip().upper()
                self.commands.append(verb)
                if (said := answers.get(verb, "502 what")) is None:
                    return
                if verb == "AUTH":
                    self.signed_in.append(base64.b64decode(line.split()[2]).decode())
                connection.sendall(f"{said}\r\n".encode())
                if verb == "STARTTLS" and said.startswith("220") and self.tls is not None:
                    self._serve(self.tls.wrap_socket(connection, server_side=True), is_secured=True)
                    return
                if verb == "DATA" and said.startswith("354"):
                    text = b"".join(iter(reader.readline, b".\r\n"))
                    self.mails.append(message_from_bytes(text, policy=default))
                    if (said := answers["."]) is None:
                        return
                    connection.sendall(f"{said}\r\n".encode())
