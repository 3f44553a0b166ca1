"""The addresses that the channel `apprise` takes: services on the internet that are called over HTTPS, and no others.

Apprise knows more than a hundred kinds of address; among them are files, programs and buses of this machine. What has a channel
of its own here is not taken either: its own channel knows what the provider's answer means.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

#: Of a provider: the address holds keys, and its host is no secret of ours to judge.
SERVICES: Final = frozenset(
    (
        *("discord", "gchat", "line", "pbul", "pover", "prowl", "pushplus", "schan", "slack", "tgram", "threema", "webex"),
        *("workflows", "wxpusher", "zulip"),
    )
)
#: On a server that the address names.
SERVERS: Final = frozenset(
    (
        *("barks", "forms", "gotifys", "jsons", "matrixs", "mmosts", "nctalks", "ntfys", "pushdeers", "rockets", "signals"),
        *("synologys", "xmls"),
    )
)
#: The same without TLS.
_PLAIN_SERVERS: Final = frozenset(schema.removesuffix("s") for schema in SERVERS)
SCHEMAS: Final[Collection[str]] = SERVICES | SERVERS | _PLAIN_SERVERS
_ADDRESS: Final = re.compile(r"([a-z]{2,20})://[!-~]+")
_VERIFY: Final = re.compile(r"[?&]verify=(?!yes(?:[&#]|$))", re.IGNORECASE)
#: A name with a point in it, or an address; what has neither is often the name of a room or topic.
_SERVER: Final = re.compile(
    r"[a-z]+://(?:[^/?#]*@)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?|localhost|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE
)


def find_apprise_fault(text: str) -> str:
    """Find why a text is no address that the channel takes; empty when it is one."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return "is not an address of Apprise (name://...) in plain letters"
    if found[1] not in SCHEMAS:
        return f"begins with {found[1]}://, which homebeat does not hand to Apprise; docs/channels.md names what it does"
    if _VERIFY.search(text):
        return "turns off the check of certificates (verify): then anybody on the way could read the message"
    return ""


def find_apprise_schema(text: str) -> str:
    """Find with what an address begins; empty for none that is known."""
    schema = text.partition("://")[0]
    return schema if schema in SCHEMAS else ""


def find_apprise_server(text: str) -> str:
    """Find the server that an address names, as `https://host:port/`; empty where it names none, or hides it.

    It is only the first look: whatever Apprise makes of the address, every connection that it opens is judged again.
    """
    schema = find_apprise_schema(text)
    if schema not in SERVERS | _PLAIN_SERVERS or find_apprise_fault(text):
        return ""
    found = _SERVER.fullmatch(text)
    return "" if found is None else f"{'https' if schema in SERVERS else 'http'}://{found[1]}{found[2] or ''}/"
