"""Telephone numbers as people write them, and as a telephone takes them."""

from __future__ import annotations

import re
from typing import Final

_EXTENSION: Final = r"(?: ?(?:x|ext|转) ?([0-9]{1,6}))?"
#: The form in which a fleet file gives a number: digits, grouped as people do, perhaps with an extension.
PHONE: Final = re.compile(rf"(\+?[0-9][0-9 ().\-]{{1,30}}){_EXTENSION}")


def make_dial_uri(phone: str) -> str:
    """The `tel:` address (RFC 3966) of a number in the form `PHONE`; empty for anything else."""
    found = PHONE.fullmatch(phone)
    if found is None:
        return ""
    digits = re.sub(r"[^0-9+]", "", found[1])
    return f"tel:{digits}" + (f";ext={found[2]}" if found[2] else "")
