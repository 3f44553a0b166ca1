"""Secrets that open something by being shown: sessions, keys of programs, and links that work once.

One form for all: `hb_<id>_<secret>`. The id is public: it stands in lists and logs, and finds the row. The secret holds 256 bits,
so its SHA-256 is all that is stored, and a slow hash would protect nothing. The prefix lets scanners find what was published by
mistake.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.instants import TOLERANCE_MS

#: Small letters and digits: an id is read aloud and typed in commands.
_ID_ALPHABET: Final = string.ascii_lowercase + string.digits
_ID_LENGTH: Final = 12
#: Letters and digits only, so that a double click selects all of it. 43 of 62 are 256 bits.
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits
_SECRET_LENGTH: Final = 43
_FORM: Final = re.compile(rf"hb_([a-z0-9]{{{_ID_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bearer:
    """One such secret, as it is shown once or was just received. `repr` leaves the secret out.

    Attributes:
        id: Public; 12 small letters and digits.
        secret: 43 letters and digits.
    """

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What is given out: `hb_<id>_<secret>`."""
        return f"hb_{self.id}_{self.secret}"

    @property
    def digest(self) -> str:
        """What is stored: SHA-256 of `text`, 64 hex digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def make_bearer() -> Bearer:
    """Make a new one, from the operating system's randomness."""
    return Bearer(_draw(_ID_ALPHABET, _ID_LENGTH), _draw(_SECRET_ALPHABET, _SECRET_LENGTH))


def parse_bearer(text: str | None) -> Bearer | None:
    """Read what somebody sent; None for everything that is not of the form. Never raises."""
    found = _FORM.fullmatch(text or "")
    return Bearer(found[1], found[2]) if found else None


def is_same_digest(stored: str, bearer: Bearer) -> bool:
    """Whether a stored digest is that of `bearer`; takes the same time wherever they differ."""
    return hmac.compare_digest(stored.encode(), bearer.digest.encode())


class LinkPurpose(StrEnum):
    """What a link that works once is for. It works for nothing else."""

    SIGN_IN = "sign_in"  # sign in without a password: a new person, or somebody who has lost theirs or the second factor
    SECOND_FACTOR = "second_factor"  # the password was right: the page that asks for the code carries this
    AFTER_PROVIDER = "after_provider"  # the same, where an identity provider has said who it is
    CONNECT = "connect"  # the same, and who it is there becomes the identity of the account


#: How long each works, ms. A link to sign in waits until the next day; a code is typed at once.
LINK_LASTS_MS: Final = {
    LinkPurpose.SIGN_IN: DAY_MS,
    LinkPurpose.SECOND_FACTOR: 10 * MINUTE_MS,
    LinkPurpose.AFTER_PROVIDER: 10 * MINUTE_MS,
    LinkPurpose.CONNECT: 10 * MINUTE_MS,
}


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link as stored. It is used by deleting it: of two requests, the one that deletes it has it.

    Attributes:
        id: Of its `Bearer`.
        digest: Of its `Bearer`.
        purpose: What it is for.
        ends_at: Epoch ms of the database's clock; from then on it does not work.
    """

    id: str
    digest: str
    purpose: LinkPurpose
    ends_at: int


class LinkState(StrEnum):
    """What a link is worth. `wording.sign_in` has a sentence for each that refuses."""

    GOOD = "link_good"
    UNKNOWN = "link_unknown"  # never given out, used before, or for something else: nobody is told which
    OVER = "link_over"


def make_link(purpose: LinkPurpose, now: int) -> tuple[Bearer, OneTimeLink]:
    """Make a link: what stands in the address, and what is stored. `now` is epoch ms of the database's clock."""
    bearer = make_bearer()
    return bearer, OneTimeLink(bearer.id, bearer.digest, purpose, now + LINK_LASTS_MS[purpose])


def check_link(stored: OneTimeLink | None, bearer: Bearer, purpose: LinkPurpose, now: int) -> LinkState:
    """Check a link that somebody followed.

    Args:
        stored: The row with the id of `bearer`; None when there is none.
        bearer: From the address, by `parse_bearer`.
        purpose: What the page does that was asked for.
        now: Epoch ms of the database's clock.
    """
    if stored is None or stored.purpose is not purpose or not is_same_digest(stored.digest, bearer):
        return LinkState.UNKNOWN
    # one that ends later than any made now was made while the clock ran ahead: it would last too long
    is_over = now >= stored.ends_at or stored.ends_at > now + LINK_LASTS_MS[purpose] + TOLERANCE_MS
    return LinkState.OVER if is_over else LinkState.GOOD


def _draw(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
