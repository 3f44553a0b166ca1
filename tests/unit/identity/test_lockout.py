"""Waiting after wrong tries: the pair of name and network, and nobody else."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import MINUTE_MS
from homebeat.identity.lockout import (
    NETWORK,
    PAIR,
    SECOND_FACTOR,
    UNKNOWN_NETWORK,
    TryLimit,
    count_try,
    find_network,
    find_password_wait_ms,
    find_wait_ms,
    forgive_try,
)

NOON = 1_780_000_000_000


def count(times: int, limit: TryLimit, now: int = NOON, full_at: int | None = None) -> int | None:
    for _ in range(times):
        full_at = count_try(full_at, limit, now)
    return full_at


@pytest.mark.parametrize("limit, minutes", [(PAIR, 5), (SECOND_FACTOR, 30)])
def test_nine_wrong_tries_cost_nothing_and_the_tenth_some_minutes(limit: TryLimit, minutes: int) -> None:
    assert [find_wait_ms(count(n, limit), limit, NOON) for n in range(10)] == [0] * 10
    tenth = count(10, limit)
    assert find_wait_ms(tenth, limit, NOON) == minutes * MINUTE_MS
    assert find_wait_ms(tenth, limit, NOON + minutes * MINUTE_MS - 1) == 1
    assert find_wait_ms(tenth, limit, NOON + minutes * MINUTE_MS) == 0
    one_more = count(1, limit, NOON + minutes * MINUTE_MS, tenth)
    assert find_wait_ms(one_more, limit, NOON + minutes * MINUTE_MS) == minutes * MINUTE_MS


def test_after_an_hour_all_tries_are_back() -> None:
    tenth = count(10, PAIR)
    assert tenth == NOON + 50 * MINUTE_MS
    assert find_wait_ms(count(9, PAIR, tenth, tenth), PAIR, tenth) == 0


def test_a_locked_pair_locks_neither_another_network_nor_another_name() -> None:
    """Each has a row of its own. What the ten tries left in the network holds nobody up."""
    pair, network = count(10, PAIR), count(10, NETWORK)
    assert find_password_wait_ms(pair, network, NOON, is_known=True) > 0
    assert find_password_wait_ms(None, None, NOON, is_known=False) == 0, "the same name elsewhere"
    assert find_password_wait_ms(None, network, NOON, is_known=False) == 0, "another name there"


def test_success_forgets_the_pair_and_gives_the_network_its_try_back() -> None:
    network = count(60, NETWORK)
    assert network is not None
    assert forgive_try(count_try(network, NETWORK, NOON), NETWORK) == network
    assert find_password_wait_ms(None, network, NOON, is_known=False) == 0


def test_a_network_that_tries_many_names_waits_and_known_people_in_it_do_not() -> None:
    network = count(100, NETWORK)
    assert find_password_wait_ms(None, network, NOON, is_known=False) == 5_000
    assert find_password_wait_ms(None, network, NOON, is_known=True) == 0
    assert find_password_wait_ms(count(10, PAIR), network, NOON, is_known=True) == 5 * MINUTE_MS


@given(
    st.builds(TryLimit, most=st.integers(1, 20), every_ms=st.integers(1, 10_000)),
    st.lists(st.integers(0, 20_000), min_size=1, max_size=80),
)
def test_no_span_holds_more_tries_than_the_limit(limit: TryLimit, pauses: list[int]) -> None:
    """Whatever the pattern: in a span of T, at most `most + T / every` tries; and whoever waits as told is let in."""
    now, full_at, allowed = NOON, None, []
    for pause in pauses:
        now += pause
        wait = find_wait_ms(full_at, limit, now)
        assert find_wait_ms(full_at, limit, now + wait) == 0
        assert wait == 0 or find_wait_ms(full_at, limit, now + wait - 1) > 0
        if wait == 0:
            full_at = count_try(full_at, limit, now)
            allowed.append(now)
    for first, begin in enumerate(allowed):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= limit.most + (allowed[last] - begin) / limit.every_ms


@given(st.integers(-(10**15), 10**15), st.integers(0, 30))
def test_a_row_of_a_wrong_clock_locks_no_longer_than_a_new_one(full_at: int, tries: int) -> None:
    stored = count(tries, PAIR, NOON, full_at)
    assert 0 <= find_wait_ms(stored, PAIR, NOON) <= 5 * MINUTE_MS


@pytest.mark.parametrize(
    "address, network",
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.250", "203.0.113.0/24"),
        ("203.0.114.1", "203.0.114.0/24"),
        ("10.0.3.9", "10.0.3.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("64:ff9b::203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:7:1ff:1:2:3:4", "2001:db8:7:100::/56"),
        ("2001:db8:7:100::", "2001:db8:7:100::/56"),
        ("2001:db8:7:200::1", "2001:db8:7:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("::1", "::/56"),
        ("", UNKNOWN_NETWORK),
        ("testclient", UNKNOWN_NETWORK),
        ("203.0.113.077", UNKNOWN_NETWORK),
        ("203.0.113.77:5000", UNKNOWN_NETWORK),
    ],
)
def test_addresses_of_one_owner_are_one_network(address: str, network: str) -> None:
    assert find_network(address) == network


@given(st.one_of(st.text(), st.ip_addresses().map(str)))
def test_every_address_has_a_network_and_rubbish_raises_nothing(address: str) -> None:
    network = find_network(address)
    assert network == UNKNOWN_NETWORK or ipaddress.ip_network(network).prefixlen in {24, 56}
