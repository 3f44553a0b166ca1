"""Finds what is wrong with the settings in force, each with what to do about it: for `homebeat check` and the start-up log."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from homebeat.settings.model import Egress, InForce, Oidc, Settings

_HTTPS: Final = 443


class Finding(NamedTuple):
    """Something that an operator should know before it does harm.

    Attributes:
        what: One sentence without its full stop: what is wrong.
        do: One sentence without its full stop: what to do.
        is_wrong: Whether it must be corrected before anybody relies on this installation. Else it is a remark.
    """

    what: str
    do: str
    is_wrong: bool = True

    def __str__(self) -> str:
        """Join both sentences."""
        return f"{self.what}. {self.do}."


def judge_settings(force: InForce) -> list[Finding]:
    """Find everything that the settings alone show, faults before remarks."""
    settings = force.settings
    found = [
        *_judge_broker(settings),
        *_judge_page(settings),
        *_judge_egress(settings.egress),
        *_judge_oidc(settings.oidc),
        *(
            Finding(f"{name} is set and means nothing to homebeat", "Correct its name, or take it away", is_wrong=False)
            for name in force.unknown_variables
        ),
    ]
    if settings.limits.backfill < settings.limits.behind:
        found.append(
            Finding(
                "limits.backfill is shorter than limits.behind: a list would be refused that a single reading is not",
                "Make limits.backfill at least as long as limits.behind",
                is_wrong=False,
            )
        )
    return sorted(found, key=lambda finding: not finding.is_wrong)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its usual names. Names are not resolved."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _judge_broker(settings: Settings) -> Iterator[Finding]:
    mqtt = settings.mqtt
    if is_loopback(mqtt.host):
        return
    if not (mqtt.username and mqtt.password.get_secret_value()):
        yield Finding(
            f"the broker {mqtt.host} is on another machine and mqtt.username or mqtt.password is empty: "
            "whoever reaches it can send alarms and take them back",
            "Give homebeat and each device an account at the broker (`homebeat fleet acl` writes what each may do), and set both",
        )
    elif not mqtt.tls:
        yield Finding(
            "mqtt.tls is off: the broker's password and all readings cross the network in the clear",
            "Give the broker a TLS listener and set mqtt.tls = true, unless that network is yours alone",
            is_wrong=False,
        )


def _judge_page(settings: Settings) -> Iterator[Finding]:
    url, host = settings.public_url, settings.http.host
    if not url:
        yield Finding(
            f"public_url is not set: links in messages lead to {settings.link_base}, which opens on no other machine",
            'Set public_url to the address at which others reach the page, as in public_url = "https://care.example"',
        )
    elif is_loopback(urlsplit(url).hostname or ""):
        yield Finding(
            f"public_url is {url}: links in messages open on this machine only",
            "Set it to the address at which others reach the page",
        )
    elif not url.startswith("https://"):
        yield Finding(
            f"public_url is {url}: tokens, names and telephone numbers cross the network in the clear",
            "Put a TLS proxy in front of the page and write https:// in public_url",
        )
    if is_loopback(host):
        return
    if url.startswith("https://"):
        yield Finding(
            f"http.host is {host}: the page's own port is open beside the TLS proxy, in the clear",
            "Set http.host = 127.0.0.1, or let only the proxy reach that port",
            is_wrong=False,
        )
    else:
        yield Finding(
            f"http.host is {host} and there is no TLS: tokens, names and telephone numbers cross the network in the clear",
            "Set http.host = 127.0.0.1, put a TLS proxy in front and write its https:// address in public_url",
        )


def _judge_oidc(oidc: Oidc) -> Iterator[Finding]:
    has_secret, has_file = bool(oidc.client_secret.get_secret_value()), oidc.client_secret_file is not None
    if not oidc.issuer:
        if oidc.client_id or has_secret or has_file:
            yield Finding(
                "oidc.issuer is not set and other settings of [oidc] are: nobody can sign in through the identity provider",
                "Set oidc.issuer to the provider's address, or take the others away",
            )
        return
    if not oidc.client_id:
        yield Finding(
            "oidc.client_id is not set: nobody can sign in through the identity provider",
            "Set it to what homebeat is called there",
        )
    if has_secret and has_file:
        yield Finding(
            "oidc.client_secret and oidc.client_secret_file are both set: nobody can sign in through the identity provider",
            "Take one of them away",
        )


def _judge_egress(egress: Egress) -> Iterator[Finding]:
    if egress.ports and _HTTPS not in egress.ports:
        said = ", ".join(map(str, egress.ports))
        yield Finding(
            f"egress.ports is {said}, and a list in the settings replaces the usual 443 and 8443: "
            "webhooks at addresses without a port are refused",
            f"Write them as well: ports = {sorted({_HTTPS, 8443, *egress.ports})}",
        )
    if egress.allow_private:
        yield Finding(
            "egress.allow_private is on: a family's webhook address can reach into your own network",
            "Turn it off, unless a receiver stands on this machine or in this network",
            is_wrong=False,
        )
    if egress.allow_http:
        yield Finding(
            "egress.allow_http is on: messages to families may be read on their way",
            "Turn it off, unless a receiver stands on this machine or in this network",
            is_wrong=False,
        )
