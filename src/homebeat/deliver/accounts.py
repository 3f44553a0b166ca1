"""Our accounts at providers, as channels use them: their secrets are read already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class EmailAccount:
    """A mail server that takes e-mail from us.

    Attributes:
        username: Empty for no sign-in.
        sender: The address that messages come from.
    """

    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """All of them; None where there is none, or the settings of it cannot be used."""

    email: EmailAccount | None = None


NO_ACCOUNTS: Final = Accounts()
