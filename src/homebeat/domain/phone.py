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


#: Numbers without a country code are taken for Chinese ones, where they can be.
_HOME_COUNTRY: Final = "86"
_BEFORE_EXTENSION: Final = re.compile(r"[^xX转e]*")
_NO_DIGITS: Final = re.compile(r"[^0-9]+")
_CHINESE_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


def normalise_phone(phone: str) -> str:
    """Normalise a number to digits with the country code as good as it goes, so that equal numbers are equal texts.

    `+86 139 0000 0001`, `0086-139-0000-0001` and `139 0000 0001` are the same; so are `010-6000 0000` and `+86 10 6000 0000`. A
    short or local number stays as it is. An extension is left out. Returns an empty text where there is no digit.
    """
    found = _BEFORE_EXTENSION.match(phone)
    written = (found[0] if found else "").replace("(0)", "").strip()
    digits = _NO_DIGITS.sub("", written)
    if written.startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    if digits.startswith("0"):
        return _HOME_COUNTRY + digits[1:]
    return _HOME_COUNTRY + digits if _CHINESE_MOBILE.fullmatch(digits) else digits


_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")


def make_e164(phone: str) -> str:
    """Make the number as every telephone network takes it: `+` and the country code (E.164).

    A number without a country code is Chinese where it can be: a mobile, or a line with its area code. Empty for any other.
    """
    found = PHONE.fullmatch(phone)
    if found is None or found[2]:
        return ""
    digits = normalise_phone(phone)
    has_country = phone.startswith(("+", "00", "0")) or digits != _NO_DIGITS.sub("", phone)
    return f"+{digits}" if has_country and _E164.fullmatch(f"+{digits}") else ""


def is_chinese(e164: str) -> bool:
    """Whether a number in the form of E.164 is one of mainland China."""
    return e164.startswith(f"+{_HOME_COUNTRY}")


def is_chinese_mobile(e164: str) -> bool:
    """Whether a number in the form of E.164 is a mobile of mainland China."""
    return is_chinese(e164) and _CHINESE_MOBILE.fullmatch(e164[3:]) is not None
