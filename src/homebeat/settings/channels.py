"""The accounts at providers that some channels need: `[channels.email]` and its like. What is empty is not set up."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from homebeat.domain.channel import ChannelNeed
from homebeat.settings.section import Port, Section


class EmailSettings(Section):
    """The mail server that takes e-mail from us; there is none while `host` is empty.

    Attributes:
        security: `tls` from the first byte (port 465), `starttls` (port 587), or `none` on a network of one's own.
        username: Our account there; empty for none.
        password_file: A file with the password alone in it, in place of `password`.
        sender: The address that messages come from.
    """

    host: str = Field(default="", max_length=253)
    port: Port = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    sender: str = Field(default="", max_length=254)


class ChannelSettings(Section):
    """Accounts at providers, by kind of channel."""

    email: EmailSettings = EmailSettings()

    def find_absent(self) -> frozenset[ChannelNeed]:
        """Find the accounts that are not set up."""
        return frozenset({ChannelNeed.EMAIL} if not self.email.host else ())

    def list_secret_files(self) -> tuple[Path | None, ...]:
        """List the files with secrets; None where one is not set."""
        return (self.email.password_file,)
