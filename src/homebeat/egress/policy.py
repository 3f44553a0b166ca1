"""Decides which addresses may be called: only public ones. The check is on the resolved address to which the socket is opened.

People outside choose a webhook's address, so an attacker may try to make us call our own network. There is one check, on the
address that the socket is opened to. No second parser, second look-up or redirect can change it afterwards.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httpx2

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

#: What `allow_private` opens: this machine and private networks. Python's own list of private networks is wider: it also holds
#: examples, benchmarks and tunnels.
_PRIVATE: Final = tuple(
    ipaddress.ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
#: Addresses outside link-local at which clouds give a machine its secrets: Azure, Alibaba, Oracle; IPv6: AWS, Google, Scaleway.
_METADATA: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::/32", "fd00:42::/32")
)
_V4_REFUSED: Final = tuple(ipaddress.IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24"))  # relays, protocol use
_V6_GLOBAL: Final = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED: Final = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2002::/16", "3fff::/20"))  # tunnels, examples
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LAST_LABEL_IS_NUMBER: Final = re.compile(r"(?:^|\.)(?:\d+|0[xX][0-9a-fA-F]*)\.?$")
#: A URL of which the server can be told without a parser: plain letters, a port perhaps, and what follows in plain ASCII.
_PLAIN_SERVER: Final = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]{1,5})?)(?:[/?#][!-~]{0,4000})?")
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Which outgoing calls are allowed.

    Attributes:
        allow_private: Whether private networks and this machine may be called: for the demo, or a receiver on the same site.
        allow_http: Whether calls without TLS are allowed: anybody on the way can then read the message.
        ports: Ports that may be called; None for any.
    """

    allow_private: bool = False
    allow_http: bool = False
    ports: frozenset[int] | None = frozenset({443, 8443})

    def may_call_address(self, address: IPAddress) -> bool:
        """Whether a socket may be opened to `address`. Cloud metadata, link-local, examples, tunnels, multicast: never."""
        address = _find_embedded(address)
        if _is_in(address, _METADATA):
            return False
        return is_public(address) or (self.allow_private and _is_in(address, _PRIVATE))

    def find_fault(self, text: str) -> str:
        """Find why the URL cannot be used, whatever its host resolves to; empty when it can."""
        try:
            return self._find_fault_of(httpx2.URL(text))
        except (httpx2.InvalidURL, ValueError, TypeError):
            return "the address is not a URL"

    def _find_fault_of(self, url: httpx2.URL) -> str:
        if url.scheme not in ({"https", "http"} if self.allow_http else {"https"}):
            return "the address must begin with https://"
        if url.userinfo:
            return "the address must not carry a user name"
        if self.ports is not None and find_port(url) not in self.ports:
            return "the port is not one that may be called"
        return "" if is_plain_host(url.raw_host.decode("ascii", "replace")) else "the address has no proper host name"

    def find_refusal(self, text: str) -> str:
        """Find why no message can ever be sent to the URL, without looking the name up; empty when one may be sent."""
        # a fleet has many addresses at few servers, and what follows the server decides nothing
        server = _PLAIN_SERVER.fullmatch(text)
        return _find_refusal(self, text if server is None else server[1])

    def find_refusal_of(self, text: str) -> str:
        """Find the same, without what is remembered of earlier calls."""
        try:
            url = httpx2.URL(text)
        except (httpx2.InvalidURL, ValueError, TypeError):
            return "the address is not a URL"
        if fault := self._find_fault_of(url):
            return fault
        if url.port == 0:
            return "port 0 can be called by nobody"
        name = url.host.rstrip(".").lower()
        try:
            address = ipaddress.ip_address("127.0.0.1" if name == "localhost" or name.endswith(".localhost") else name)
        except ValueError:
            return ""
        return "" if self.may_call_address(address) else f"{name} is an address that may not be called"


@lru_cache(maxsize=4_096)
def _find_refusal(policy: EgressPolicy, text: str) -> str:
    return policy.find_refusal_of(text)


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


def find_port(url: httpx2.URL) -> int:
    """Find the port that will be called."""
    return url.port or (443 if url.scheme == "https" else 80)


def _find_embedded(address: IPAddress) -> IPAddress:
    """Find the IPv4 address that packets would reach."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_in(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    return any(address in network for network in networks)
