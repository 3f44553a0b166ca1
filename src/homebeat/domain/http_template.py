"""The words of a template for a provider that homebeat has no file for: placeholders, where its code stands, what it means."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

#: What a template may hold in braces, and what it stands for.
PLACEHOLDERS: Final = {
    "text": "the whole message, several lines, with the link",
    "title": "its first sentence",
    "link": "the link to the family's page",
    "code": "the code for the family's page; empty where there is none",
    "priority": "`critical`, `high`, `medium` or `low`",
    "event": "`alert.opened`, `alert.reopened`, `alert.raised` or `alert.resolved`",
    "alert_id": "the alert",
    "reference": "short, and different for each message",
    "id": "the id of the message, the same on every attempt",
    "phone": "the number to send to (`sms` only)",
}
METHODS: Final = ("POST", "PUT", "GET")
#: Braces around one lower-case word. Whatever else is in braces is left as it is: JSON is full of them.
PLACEHOLDER: Final = re.compile(r"\{([a-z_]{1,40})\}")
_POINTER: Final = re.compile(r"(?:/(?:[^/~]|~[01])*)*")
_SUCCESS: Final = re.compile(r"\s*(\S*?)\s*=\s*(.*?)\s*")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Headers that the HTTP client makes itself.
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class Success:
    """What the body of an answer must say: the text at a JSON pointer (RFC 6901)."""

    pointer: str
    value: str


def parse_success(text: str) -> Success:
    """Parse `/errcode = 0`.

    Raises:
        ValueError: It has another form.
    """
    found = _SUCCESS.fullmatch(text)
    if found is None or not found[2] or not _POINTER.fullmatch(found[1]):
        raise ValueError("is not a JSON pointer, `=` and a value, as in `/errcode = 0`")
    return Success(found[1], found[2])


def find_success_fault(text: str) -> str:
    """Find why a text is no success expression; empty when it is one."""
    try:
        parse_success(text)
    except ValueError as error:
        return str(error)
    return ""


def read_pointer(body: object, pointer: str) -> object:
    """Read what stands at a JSON pointer; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and re.fullmatch(r"0|[1-9][0-9]{0,6}", name) and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body


def find_template_fault(text: str) -> str:
    """Find a placeholder that means nothing; empty when there is none."""
    unknown = [f"{{{name}}}" for name in PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    return (
        f"has {unknown[0]}, which means nothing; there is {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}" if unknown else ""
    )


def parse_headers(text: str) -> dict[str, str]:
    """Parse headers, a JSON object of texts.

    Raises:
        ValueError: It is none, or a name cannot be one of a header.
    """
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) and value.isprintable() for value in found.values()):
        raise ValueError('is not a JSON object of texts, as in {"x-token": "..."}')
    wrong = [name for name in found if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS]
    if wrong:
        raise ValueError(f"{wrong[0]!r} cannot be set as a header")
    return found


def find_headers_fault(text: str) -> str:
    """Find why a text is no set of headers; empty when it is one."""
    try:
        parse_headers(text)
    except ValueError as error:
        return str(error)
    return find_template_fault(text)


def find_method_fault(text: str) -> str:
    """Find why a text is no method; empty when it is one."""
    return "" if text in METHODS else f"is not one of {', '.join(METHODS)}"


def split_codes(text: str) -> frozenset[str]:
    """Split a list of codes at its commas."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def find_codes_fault(text: str) -> str:
    """Find why a text is no list of codes; empty when it is one."""
    codes = split_codes(text)
    is_list = bool(codes) and all(re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", code) for code in codes)
    return "" if is_list else "is not a list of codes, as in 45009, 93000"
