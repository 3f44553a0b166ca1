"""Chooses the language for a reader: their own choice first, then what their browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """A language that every text exists in; the value is the BCP 47 tag for `lang=` and `Content-Language`."""

    ENGLISH = "en"
    CHINESE = "zh-CN"

    @property
    def locale(self) -> str:
        """The name that gettext and CLDR use: ``en``, ``zh_CN``."""
        return self.value.replace("-", "_")


LANGUAGES: Final = tuple(Language)
DEFAULT_LANGUAGE: Final = Language.ENGLISH
_MOST_RANGES: Final = 32  # a header is a stranger's text: read no more of it than a browser would send


def match_language(tag: str | None) -> Language | None:
    """Match a tag in any usual spelling (``zh``, ``zh_CN``, ``zh-Hans-CN``, ``en-GB``) to a language, or None."""
    primary = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return next((language for language in Language if language.value.partition("-")[0] == primary), None)


def read_terminal_language(environ: Mapping[str, str]) -> Language:
    """Read the language of the terminal, as POSIX defines it: `LC_ALL`, else `LC_MESSAGES`, else `LANG`."""
    tag = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), None)
    return match_language(tag) or DEFAULT_LANGUAGE


def negotiate(accept_language: str | None, cookie: str | None = None, default: Language = DEFAULT_LANGUAGE) -> Language:
    """Choose the language for one request. It never raises: anybody may send any header.

    Args:
        accept_language: The header (RFC 9110 12.5.4), with or without weights.
        cookie: What this reader chose before; it wins when it names a language that we have.
        default: The language when neither names one.
    """
    chosen = match_language(cookie)
    if chosen is not None:
        return chosen
    ranked = sorted(_parse_ranges(accept_language or ""), key=lambda pair: -pair[1])
    return next((found for tag, weight in ranked if weight > 0 and (found := match_language(tag)) is not None), default)


def _parse_ranges(header: str) -> list[tuple[str, float]]:
    ranges = []
    for part in header.split(",")[:_MOST_RANGES]:
        tag, _, parameter = part.partition(";")
        name, _, weight = parameter.partition("=")
        ranges.append((tag, _parse_weight(weight) if name.strip().lower() == "q" else 1.0))
    return ranges


def _parse_weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
