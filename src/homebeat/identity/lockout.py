"""How long somebody has to wait after wrong tries. Pure: what is stored goes in, what is to be stored comes out.

Three things are counted, each in a row of its own:

* the **pair** of login name and network. Ten wrong passwords lock the pair for five minutes, and nobody else: not the same person
  in another network, and not others in the same one. If the name alone were locked, anybody could lock the night shift out.
* the **network**, because somebody may try one password with a thousand names. It slows down, but it never holds up a pair that
  `is_known`: somebody who has signed in from there before.
* the **second factor** of an account, by the account alone. Whoever gets so far knows the password, so locking is right. A
  recovery code still works then: it cannot be guessed, so it is not counted.

What is stored of each is one number, `full_at`: when all its tries are back (epoch ms of the database's clock). A row with a
`full_at` in the past can be deleted. This is a token bucket in the form of GCRA: no fractions, so both databases store the same.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from homebeat.domain.durations import MINUTE_MS


@dataclass(frozen=True, slots=True)
class TryLimit:
    """How often a try is allowed.

    Attributes:
        most: Tries in a row.
        every_ms: How long it takes until one try is back.
    """

    most: int
    every_ms: int


#: Of the pair. Somebody who has forgotten the password tries three or four; 12 tries an hour find no password that was allowed.
PAIR: Final = TryLimit(most=10, every_ms=5 * MINUTE_MS)
#: Of a network without known people: an office of thirty whose passwords were all set anew gets in.
NETWORK: Final = TryLimit(most=100, every_ms=5_000)
#: Of an account's second factor: three of a million codes are right at any time, so a year of tries finds one in 20 cases.
SECOND_FACTOR: Final = TryLimit(most=10, every_ms=30 * MINUTE_MS)

#: Addresses of one owner. IPv4: a telephone gets another address of the same 256 every now and then, and whoever rents a block
#: could try from each. Strangers in the block are not locked, because the name counts too. IPv6: a home gets a /56 (RIPE-690),
#: and every machine in it picks new addresses as it likes.
_IPV4_PREFIX: Final = 24
_IPV6_PREFIX: Final = 56
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
#: Where there is no address: a socket of the machine itself, or a proxy that sends rubbish.
UNKNOWN_NETWORK: Final = "unknown"


def find_network(address: str) -> str:
    """Find the network that an address is counted with, such as `203.0.113.0/24` or `2001:db8:7:100::/56`. Never raises.

    Args:
        address: Of whoever asks. Behind a proxy: what the proxy says, for else everybody has one network.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN_NETWORK
    if isinstance(found, ipaddress.IPv6Address):
        embedded = found.ipv4_mapped or (ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None)
        if embedded is None:
            return str(ipaddress.IPv6Network((found, _IPV6_PREFIX), strict=False))
        found = embedded
    return str(ipaddress.IPv4Network((found, _IPV4_PREFIX), strict=False))


def find_wait_ms(full_at: int | None, limit: TryLimit, now: int) -> int:
    """How long until the next try is allowed, ms; 0 when it is allowed now.

    Args:
        full_at: As stored; None when nothing is.
        limit: The one by which it was counted.
        now: Epoch ms of the database's clock.
    """
    return max(0, _compute_debt_ms(full_at, limit, now) - (limit.most - 1) * limit.every_ms)


def find_password_wait_ms(pair: int | None, network: int | None, now: int, *, is_known: bool) -> int:
    """How long until a password may be tried, ms; 0 when it may be tried now.

    Args:
        pair: The `full_at` of the name in this network, by `PAIR`. Count a name that does not exist in the same way.
        network: The `full_at` of the network, by `NETWORK`.
        now: Epoch ms of the database's clock.
        is_known: Whether this name has signed in from this network before. Then others there do not hold it up.
    """
    of_pair = find_wait_ms(pair, PAIR, now)
    return of_pair if is_known else max(of_pair, find_wait_ms(network, NETWORK, now))


def count_try(full_at: int | None, limit: TryLimit, now: int) -> int:
    """Count a try that is allowed; returns the new `full_at`.

    Count it before the password is checked, in a transaction of its own. Checking takes a while, and a hundred tries that are
    sent at once would all find the same row otherwise.

    After a right password, delete the row of the pair: success forgets. The network gets this one try back, by `forgive_try`,
    and no more: somebody with an account of their own could else try the passwords of others without end. The row of the second
    factor is deleted after a right code. Where nothing was checked after all (`Busy`), every row gets its try back.
    """
    return now + min(_compute_debt_ms(full_at, limit, now) + limit.every_ms, limit.most * limit.every_ms)


def forgive_try(full_at: int, limit: TryLimit) -> int:
    """Take back a try that turned out to be right; returns the new `full_at`."""
    return full_at - limit.every_ms


def _compute_debt_ms(full_at: int | None, limit: TryLimit, now: int) -> int:
    """How long until all tries are back. It has an upper bound, because the clock that it was stored by may have been ahead."""
    return 0 if full_at is None else min(max(0, full_at - now), limit.most * limit.every_ms)
