"""Addresses that must not be called: no socket is ever opened to one, and the text tells nobody why."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

import httpcore2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homebeat.deliver import Poster, WebhookChannel
from homebeat.egress.policy import EgressPolicy, is_public
from tests.unit.deliver.fakes import NOON, a_notice

UNREACHED = "the receiver could not be reached"


class RecordingConnector(httpcore2.NetworkBackend):
    """Opens nothing; remembers where it was asked to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        self.asked.append((host, port))
        raise httpcore2.ConnectError("nobody there")


NAMES = {
    "localhost": ["127.0.0.1"],
    "internal.example": ["10.0.0.5"],
    "six.example": ["::1"],
    "mixed.example": ["8.8.8.8", "192.168.1.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::a00:5"],
    "metadata.example": ["169.254.169.254"],
    "cgnat.example": ["100.64.0.1"],
    "zone.example": ["fe80::1%eth0"],
    "multicast.example": ["224.0.0.1"],
    "public.example": ["8.8.8.8"],
    "public6.example": ["2606:4700::1111"],
    "xn--fsqu00a.xn--fiqs8s": ["8.8.4.4"],
    "0.0.0.0.nip.example": ["0.0.0.0"],
    "six2four.example": ["2002:7f00:1::"],
    "compatible.example": ["::127.0.0.1"],
}


def resolve(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


# Where the address itself is in its usual form, it is treated exactly like one where nobody answers: tried again, same text.
REFUSED_LIKE_UNREACHED = [
    "https://127.0.0.1/",
    "https://127.255.255.254/",
    "https://10.0.0.5/",
    "https://172.16.0.1/",
    "https://172.31.255.1:8443/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://0.0.0.0/",
    "https://255.255.255.255/",
    "https://224.0.0.1/",
    "https://239.1.2.3/",
    "https://240.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://192.0.0.8/",
    "https://192.88.99.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:1::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[fec0::1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[5f00::1]/",
    "https://[100::1]/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://internal.example/",
    "https://six.example/",
    "https://mixed.example/",
    "https://mapped.example/",
    "https://nat64.example/",
    "https://metadata.example/",
    "https://cgnat.example/",
    "https://zone.example/",
    "https://multicast.example/",
    "https://0.0.0.0.nip.example/",
    "https://six2four.example/",
    "https://compatible.example/",
    "https://no-such-name.example/",
]
REFUSED_AS_WRITTEN = [
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://00000177.1/",
    "https://0/",
    "https://user:secret@public.example/",
    "https://public.example@127.0.0.1/",
    "https://public.example:80/",
    "https://public.example:22/",
    "https://public.example:6379/",
    "http://public.example/",
    "http://public.example:443/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://public.example:443/_x",
    "//public.example/",
    "public.example",
    "",
    "https://",
    "https:///x",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://public.example:99999/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://exa mple/",
    "https://public.example\\@127.0.0.1/",
    "https://public.example\r\nHost: x/",
    "https://-\u3002-/",
    "https://%31%32%37.0.0.1/",
    "https://a..example/",
]


@pytest.mark.parametrize("url", REFUSED_LIKE_UNREACHED)
def test_private_addresses_look_like_nobody_there(url: str) -> None:
    connector = RecordingConnector()
    receipt = WebhookChannel(Poster(resolve=resolve, connector=connector)).send(a_notice(url=url), NOON)
    assert connector.asked == []
    assert (receipt.ok, receipt.status, receipt.error, receipt.is_final) == (False, None, UNREACHED, False)


@pytest.mark.parametrize("url", REFUSED_AS_WRITTEN, ids=range(len(REFUSED_AS_WRITTEN)))
def test_odd_addresses_are_given_up_on_at_once(url: str) -> None:
    connector = RecordingConnector()
    receipt = WebhookChannel(Poster(resolve=resolve, connector=connector)).send(a_notice(url=url), NOON)
    assert connector.asked == []
    assert (receipt.ok, receipt.is_final) == (False, True)
    assert receipt.error
    assert "example" not in receipt.error
    assert "127" not in receipt.error


@pytest.mark.parametrize(
    "url, asked",
    [
        ("https://public.example/hook?x=1", ("8.8.8.8", 443)),
        ("https://PUBLIC.example:8443/", ("8.8.8.8", 8443)),
        ("https://public6.example/", ("2606:4700::1111", 443)),
        ("https://8.8.4.4/", ("8.8.4.4", 443)),
        ("https://[2606:4700::1111]/", ("2606:4700::1111", 443)),
        ("https://例子.中国/", ("8.8.4.4", 443)),
        ("https://[64:ff9b::808:808]/", ("64:ff9b::808:808", 443)),
    ],
)
def test_public_addresses_are_called_at_exactly_that_address(url: str, asked: tuple[str, int]) -> None:
    connector = RecordingConnector()
    receipt = WebhookChannel(Poster(resolve=resolve, connector=connector)).send(a_notice(url=url), NOON)
    assert connector.asked == [asked]
    assert (receipt.error, receipt.is_final) == (UNREACHED, False)  # the very same text


def test_a_name_that_turns_private_between_attempts_is_looked_up_once_per_attempt() -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return next(answers)

    connector = RecordingConnector()
    channel = WebhookChannel(Poster(resolve=rebinding, connector=connector))
    assert channel.send(a_notice(url="https://rebind.example/"), NOON).error == UNREACHED
    assert (connector.asked, looked_up) == ([("8.8.8.8", 443)], ["rebind.example"])
    assert channel.send(a_notice(url="https://rebind.example/"), NOON).error == UNREACHED
    assert connector.asked == [("8.8.8.8", 443)]


#: What `allow_private` opens.
PRIVATE = ["127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.0.9", "fd12::1", "fc00::1", "::1"]
PRIVATE_NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"]
PUBLIC = ["8.8.8.8", "172.32.0.1", "192.169.0.1", "168.63.129.17", "198.20.0.1", "2606:4700::1111", "64:ff9b::808:808"]
#: What no setting opens.
NEVER = {
    "link-local and cloud metadata": ["169.254.169.254", "169.254.0.23", "fe80::1", "fe80::a9fe:a9fe"],
    "cloud metadata elsewhere": [
        *("168.63.129.16", "100.100.100.200", "192.0.0.192"),
        *("fd00:ec2::254", "fd00:ec2::253", "fd20:ce::254", "fd00:42::42"),
    ],
    "examples": ["192.0.2.1", "198.51.100.7", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.254", "2001:2::1"],
    "shared and protocol use": ["100.64.0.1", "100.127.255.254", "192.0.0.8", "192.88.99.1", "2001:10::1", "2001:20::1"],
    "unspecified, broadcast, multicast, reserved": [
        *("0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "240.0.0.1", "224.0.0.1", "239.1.2.3", "ff02::1", "ff0e::1"),
        *("100::1", "5f00::1", "fec0::1", "4000::1"),
    ],
    "tunnels, wherever they end": ["2001:0:a00:1::", "2001::1", "2002:a00:1::", "2002:808:808::1", "64:ff9b:1::808:808"],
    "IPv4 in old clothes": ["::10.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1"],
}
OPEN = EgressPolicy(allow_private=True, allow_http=True, ports=None)


def forms_of(text: str) -> list[str]:
    """An address, and for IPv4 also as an IPv6 one that ends up there."""
    return [text] if ":" in text else [text, f"::ffff:{text}", str(ipaddress.IPv6Address(f"64:ff9b::{text}"))]


@pytest.mark.parametrize("text", [form for text in PRIVATE for form in forms_of(text)])
def test_settings_allow_a_receiver_on_the_same_machine_or_network(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert (OPEN.may_call_address(address), EgressPolicy().may_call_address(address)) == (True, False)


@pytest.mark.parametrize("text", [form for text in PUBLIC for form in forms_of(text)])
def test_public_addresses_are_always_allowed(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert (OPEN.may_call_address(address), EgressPolicy().may_call_address(address)) == (True, True)


@pytest.mark.parametrize("text", [form for texts in NEVER.values() for text in texts for form in forms_of(text)])
def test_no_setting_opens_metadata_examples_benchmarks_or_tunnels(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert (OPEN.may_call_address(address), EgressPolicy().may_call_address(address)) == (False, False)
    host = f"[{text}]" if ":" in text else text
    connector = RecordingConnector()
    receipt = WebhookChannel(Poster(OPEN, resolve=resolve, connector=connector)).send(a_notice(url=f"http://{host}/"), NOON)
    assert (connector.asked, receipt.error) == ([], UNREACHED)


@given(st.ip_addresses(v=6))
@example(ipaddress.IPv6Address("64:ff9b::a00:0"))
@example(ipaddress.IPv6Address("::ffff:172.31.0.1"))
def test_allow_private_opens_nothing_but_private_networks(address: ipaddress.IPv6Address) -> None:
    if OPEN.may_call_address(address) and not EgressPolicy().may_call_address(address):
        in_nat64 = address in ipaddress.ip_network("64:ff9b::/96")
        ends_at = address.ipv4_mapped or (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if in_nat64 else address)
        assert any(ends_at in ipaddress.ip_network(network) for network in PRIVATE_NETWORKS)


def test_a_local_address_is_used_in_its_one_usual_spelling() -> None:
    assert OPEN.find_fault("http://127.0.0.1:18080/family") == ""
    assert OPEN.find_fault("http://127.1:18080/") != ""


@given(st.ip_addresses(v=4))
def test_no_private_address_is_public(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_link_local or address.is_loopback or address.is_unspecified:
        assert not is_public(address)
        assert not EgressPolicy().may_call_address(address)
        assert not EgressPolicy().may_call_address(ipaddress.ip_address(f"::ffff:{address}"))
        assert not EgressPolicy().may_call_address(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address)))


@given(st.text(max_size=60))
def test_no_text_makes_the_check_raise(text: str) -> None:
    assert EgressPolicy().find_fault(text) is not None
    assert EgressPolicy().find_fault("https://" + text) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://family.example/",
        "https://family.example:22/",
        "https://family.example:0/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://desk.localhost/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://user@family.example/",
        "ftp://family.example/",
        "https://",
    ],
)
def test_an_address_that_can_never_be_called_shows_without_a_look_up(url: str) -> None:
    assert EgressPolicy().find_refusal(url) != ""


@pytest.mark.parametrize(
    "url", ["https://family.example/x", "https://family.example:8443/", "https://8.8.8.8/", "https://[2606:4700::1]/"]
)
def test_an_address_that_may_be_called_is_not_refused(url: str) -> None:
    assert EgressPolicy().find_refusal(url) == ""


def test_what_settings_allow_is_not_refused() -> None:
    policy = EgressPolicy(allow_private=True, allow_http=True, ports=None)
    assert [policy.find_refusal(u) for u in ("http://127.0.0.1:18080/", "http://localhost:1/", "https://10.0.0.1:22/")] == [
        ""
    ] * 3
    assert policy.find_refusal("http://169.254.169.254/") != ""
