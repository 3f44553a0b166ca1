"""How often the family's page may be asked for: pure counts, bounded in memory."""

from __future__ import annotations

from homebeat.console.family.limits import LOOKS, REMEMBERED, FamilyLimits
from homebeat.identity.lockout import NETWORK
from tests.people import NOON


def use_up(limits: FamilyLimits, network: str) -> None:
    for number in range(NETWORK.most):
        assert limits.find_wait_s(network, f"wrong-{number}", NOON) == 0
        limits.count_wrong(network, f"wrong-{number}", NOON)


def test_a_network_that_has_used_up_its_tries_waits_and_no_other_does() -> None:
    limits = FamilyLimits()
    use_up(limits, "192.0.2.0/24")
    assert limits.find_wait_s("192.0.2.0/24", "another", NOON) == NETWORK.every_ms // 1000
    assert limits.find_wait_s("198.51.100.0/24", "another", NOON) == 0
    assert limits.find_wait_s("192.0.2.0/24", "another", NOON + NETWORK.every_ms) == 0


def test_a_link_that_was_good_waits_for_its_own_looks_alone_until_it_is_not_good_any_more() -> None:
    limits = FamilyLimits()
    limits.count_look("good", NOON)
    use_up(limits, "192.0.2.0/24")
    assert limits.find_wait_s("192.0.2.0/24", "good", NOON) == 0
    for _ in range(LOOKS.most - 1):
        limits.count_look("good", NOON)
    assert limits.find_wait_s("198.51.100.0/24", "good", NOON) == LOOKS.every_ms // 1000
    limits.count_wrong("198.51.100.0/24", "good", NOON)
    assert limits.find_wait_s("198.51.100.0/24", "good", NOON) == 0
    assert limits.find_wait_s("192.0.2.0/24", "good", NOON) == NETWORK.every_ms // 1000


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    limits = FamilyLimits()
    use_up(limits, "192.0.2.0/24")
    use_up(limits, "198.51.100.0/24")
    for number in range(REMEMBERED - 1):
        limits.count_wrong(f"network-{number}", "wrong", NOON)
    assert limits.find_wait_s("192.0.2.0/24", "another", NOON) == 0
    assert limits.find_wait_s("198.51.100.0/24", "another", NOON) > 0
