"""How often was sent to one address, and with one account: providers block who sends more often, or drop it without a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select, update

from homebeat.domain.durations import MINUTE_MS
from homebeat.store.base.database import insert_into
from homebeat.store.notice import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.domain.channel import AccountLimit, SendLimit
    from homebeat.store.sealing.owner_keys import OwnerKeys

_PURPOSE: Final = "sending"
_PLANNED_MS: Final = 15 * MINUTE_MS
_sending = tables.sending


@dataclass(frozen=True, slots=True)
class _Counted:
    """A row that is locked: what was sent lately, and until when those that were put off have their turns. Times are epoch ms."""

    id: str
    limits: Sequence[SendLimit]
    times: list[int]
    queue_ends_at: int


class Sendings:
    """What was sent, for writing. The address itself is not kept, only a keyed digest of it."""

    def __init__(self, connection: Connection, keys: OwnerKeys) -> None:
        self._connection = connection
        self._keys = keys

    def reserve(
        self,
        kind: str,
        address: str,
        limits: Sequence[SendLimit],
        now: int,
        *,
        is_urgent: bool,
        is_minor: bool = False,
        account: AccountLimit | None = None,
    ) -> int | None:
        """Count one message more, unless a limit would be passed. Who asks at the same time waits for this transaction.

        Args:
            kind: Of the channel.
            address: Where the message goes.
            limits: Of the provider, to this address.
            now: Epoch ms, by the database's clock.
            is_urgent: May use what is kept for urgent messages.
            is_minor: May use half of what the others may, and stands in nobody's way: it has no turn in the queue.
            account: What the account takes that it is sent with.

        Returns:
            None where the message may be sent now; else when it may be (epoch ms), and nothing was counted.
        """
        # the address before the account, always: two that wait for each other would wait for ever
        counted = [self._lock(f"{kind} {address}", limits, now)] if limits else []
        if account is not None:
            counted.append(self._lock(f"account {account.account}", account.limits, now))
        waits = [find_longest_wait(one.times, one.limits, now, is_urgent=is_urgent, is_minor=is_minor) for one in counted]
        if all(due is None for due in waits):
            for one in counted:
                self._write(one, times=[*one.times, now], last_at=now)
            return None
        turns = []
        for one, due in zip(counted, waits, strict=True):
            if due is not None:
                has_turn = not (is_urgent or is_minor)
                turns.append(find_turn(due, one.queue_ends_at, one.limits, now) if has_turn else due)
                self._write(one, queue_ends_at=turns[-1] if has_turn else one.queue_ends_at)
        return max(turns)

    def _lock(self, name: str, limits: Sequence[SendLimit], now: int) -> _Counted:
        ident = self._keys.compute_digest(_PURPOSE, name).hex()
        add = insert_into(self._connection, _sending).on_conflict_do_nothing(index_elements=["id"])
        self._connection.execute(add, {"id": ident, "times": [], "last_at": now})
        locked = select(_sending.c.times, _sending.c.queue_ends_at).where(_sending.c.id == ident).with_for_update()
        row = self._connection.execute(locked).one()
        longest_ms = max(limit.within_s for limit in limits) * 1000
        # those of a clock that was ahead and has been corrected since do not count
        times = sorted(at for at in row.times if now - longest_ms < at <= now)
        return _Counted(ident, limits, times, row.queue_ends_at)

    def _write(self, counted: _Counted, **values: int | list[int]) -> None:
        self._connection.execute(update(_sending).where(_sending.c.id == counted.id).values(values))


def find_longest_wait(
    times: Sequence[int], limits: Sequence[SendLimit], now: int, *, is_urgent: bool, is_minor: bool = False
) -> int | None:
    """Find when one message more fits into all limits; None for now."""
    waits = (find_due(times, limit, now, is_urgent=is_urgent, is_minor=is_minor) for limit in limits)
    return max((due for due in waits if due is not None), default=None)


def find_turn(due: int, queue_ends_at: int, limits: Sequence[SendLimit], now: int) -> int:
    """Find the turn of a message that is put off: behind those that were put off before it, so that each comes back about once.

    A queue is planned for a quarter of an hour; what comes later looks again then. Times are epoch ms.
    """
    gaps = [limit.within_s * 1000 // (limit.most - limit.kept) for limit in limits if limit.within_s <= _PLANNED_MS // 1000]
    if not gaps:  # only for longer spans than a queue is planned for
        return min(due, now + _PLANNED_MS)
    gap = max(gaps)
    turn = queue_ends_at + gap if due - gap <= queue_ends_at <= now + _PLANNED_MS else due
    return max(due, min(turn, now + _PLANNED_MS))


def find_due(times: Sequence[int], limit: SendLimit, now: int, *, is_urgent: bool, is_minor: bool = False) -> int | None:
    """Find when one message more fits into a limit; None for now. `times`: of those before, epoch ms, ascending."""
    inside = [at for at in times if at > now - limit.within_s * 1000]
    most = limit.most if is_urgent else limit.most - limit.kept
    most = max(1, most // 2) if is_minor else most
    return inside[len(inside) - most] + limit.within_s * 1000 if len(inside) >= most else None
