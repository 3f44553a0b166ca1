"""Where we may call: only public addresses, judged after we resolved them ourselves and connected to at exactly that address.

A webhook's address is typed by people outside, so it is an attacker's way to make us call our own network. One check in one
place, on the address the socket is opened to: no second parser, no second look-up, no redirect can move it afterwards.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

#: What `allow_private` opens, and nothing else: this machine and private networks. Not whatever this Python calls private: that
#: also holds examples, benchmarks and tunnels.
_PRIVATE: Final = tuple(
    ipaddress.ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
#: Where clouds tell a machine its secrets, outside link-local: Azure, Alibaba, Oracle; over IPv6 AWS, Google, Scaleway.
_METADATA: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::/32", "fd00:42::/32")
)
_V4_REFUSED: Final = tuple(ipaddress.IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24"))  # relays, protocol use
_V6_GLOBAL: Final = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED: Final = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2002::/16", "3fff::/20"))  # tunnels, examples
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LAST_LABEL_IS_NUMBER: Final = re.compile(r"(?:^|\.)(?:\d+|0[xX][0-9a-fA-F]*)\.?$")
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What outgoing calls are allowed.

    Attributes:
        allow_private: Private networks and this machine itself, for the demo and for a receiver on the same site.
        allow_http: Without TLS: anybody on the way can read which alert is told.
        ports: Ports that may be called; None for any.
    """

    allow_private: bool = False
    allow_http: bool = False
    ports: frozenset[int] | None = frozenset({443, 8443})

    def allows_address(self, address: IPAddress) -> bool:
        """Whether a socket may be opened to `address`. Cloud metadata, link-local, examples, tunnels, multicast: never."""
        address = _embedded(address)
        if _is_in(address, _METADATA):
            return False
        return is_public(address) or (self.allow_private and _is_in(address, _PRIVATE))

    def fault(self, text: str) -> str:
        """Why the URL cannot be used, whoever answers there; empty when it can. Says nothing of any network."""
        try:
            url = httpx2.URL(text)
        except (httpx2.InvalidURL, ValueError, TypeError):
            return "the address is not a URL"
        if url.scheme not in ({"https", "http"} if self.allow_http else {"https"}):
            return "the address must begin with https://"
        if url.userinfo:
            return "the address must not carry a user name"
        if self.ports is not None and port_of(url) not in self.ports:
            return "the port is not one that may be called"
        return "" if is_plain_host(url.raw_host.decode("ascii", "replace")) else "the address has no proper host name"

    def refusal(self, text: str) -> str:
        """Why no message can ever be sent to the URL, as far as it shows without looking a name up; empty when one may be."""
        if fault := self.fault(text):
            return fault
        url = httpx2.URL(text)
        if url.port == 0:
            return "port 0 can be called by nobody"
        name = url.host.rstrip(".").lower()
        try:
            address = ipaddress.ip_address("127.0.0.1" if name == "localhost" or name.endswith(".localhost") else name)
        except ValueError:
            return ""
        return "" if self.allows_address(address) else f"{name} is an address that may not be called"


def is_public(address: IPAddress) -> bool:
    """Whether `address` is ordinary unicast of the public internet, whatever this Python's tables know."""
    if isinstance(address, ipaddress.IPv6Address):
        return address in _V6_GLOBAL and address.is_global and not _is_in(address, _V6_REFUSED)
    return address.is_global and not address.is_multicast and not _is_in(address, _V4_REFUSED)


def is_plain_host(host: str) -> bool:
    """Whether `host` is a name or an address in its one usual spelling: not 127.1, 2130706433, 0x7f.1 or a zone."""
    try:
        return "%" not in host and (":" in host or str(ipaddress.ip_address(host)) == host)
    except ValueError:
        return bool(_NAME.fullmatch(host)) and not _LAST_LABEL_IS_NUMBER.search(host)


def port_of(url: httpx2.URL) -> int:
    """The port that will be called."""
    return url.port or (443 if url.scheme == "https" else 80)


def _embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address that a packet would end up at."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_in(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    return any(address in network for network in networks)
