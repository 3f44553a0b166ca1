"""Wrong tries to sign in: bounded for one address and for all, and nobody who has not failed waits for others."""

from __future__ import annotations

from homebeat.console.web.tries import BURST, BURST_OF_ALL, MOST_ADDRESSES, SignInTries


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(tries: SignInTries, address: str) -> bool:
    """Try once with a wrong token; False when the try was not allowed."""
    if tries.wait_s(address):
        return False
    tries.fail(address)
    return True


def test_one_address_gets_a_burst_and_then_one_in_ten_seconds() -> None:
    clock = Clock()
    tries = SignInTries(clock)
    assert sum(fail(tries, "192.0.2.1") for _ in range(100)) == BURST
    assert tries.wait_s("192.0.2.1") == 10
    clock.now += 10.0
    assert sum(fail(tries, "192.0.2.1") for _ in range(100)) == 1
    assert tries.wait_s("192.0.2.2") == 0


def test_a_right_token_forgets_the_slips_before_it() -> None:
    tries = SignInTries(Clock())
    for _ in range(5):
        assert all(fail(tries, "192.0.2.1") for _ in range(BURST - 1))
        tries.succeed("192.0.2.1")


def test_all_who_fail_share_a_rate_and_who_has_not_failed_is_let_in() -> None:
    clock = Clock()
    tries = SignInTries(clock)
    assert sum(fail(tries, f"192.0.2.{n}") for n in range(50) for _ in range(BURST)) <= BURST_OF_ALL + 50
    assert tries.wait_s("198.51.100.1") == 0
    clock.now += 3_600.0
    assert tries.wait_s("192.0.2.1") == 0


def test_people_behind_a_proxy_that_says_nothing_of_them_are_not_one_person() -> None:
    clock = Clock()
    tries = SignInTries(clock, proxies=("127.0.0.1",))
    assert sum(fail(tries, "127.0.0.1") for _ in range(1_000)) == BURST_OF_ALL
    assert tries.wait_s("127.0.0.1") == 1
    clock.now += 1.0
    assert tries.wait_s("127.0.0.1") == 0


def test_memory_is_bounded() -> None:
    clock = Clock()
    tries = SignInTries(clock)
    for n in range(MOST_ADDRESSES + 500):
        tries.fail(f"address {n}")
    assert len(tries._of) == MOST_ADDRESSES
