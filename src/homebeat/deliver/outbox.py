"""The deliverer's access to the outbox in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from homebeat.actions import GiveUp, perform_in
from homebeat.deliver.message_links import add_message_links
from homebeat.domain.alert import Answer, Condition, Priority
from homebeat.domain.channel import SendLimit, get_address
from homebeat.domain.errors import NotAllowed
from homebeat.domain.notice import COMMAND
from homebeat.domain.principal import make_service
from homebeat.domain.scope import EVERYTHING
from homebeat.response.notify import REMINDER
from homebeat.store import UNLIMITED, Attempt, Leased, OutboxHealth, OutboxState, Shares, Store

LEASE_MS: Final = 45_000  # longer than an attempt and the write after it, short enough that an SOS survives our death
SERVICE: Final = "deliver"
#: Why a notice was put off.
PUT_OFF: Final = "put off: the provider takes no more messages to this address now"
_RACES: Final = 3
_ACTOR: Final = make_service(SERVICE)
_RESOLVED: Final = "alert.resolved"
_REOPENED: Final = "alert.reopened"


class StoreOutbox:
    """Implements `OutboxPort`.

    Args:
        owner: Names this deliverer among others, and must be unique to it.
        lease_ms: How long a claim holds.
        family_base: What the family's links begin with; empty for none: then messages keep the link to the desk's page.
    """

    def __init__(self, store: Store, owner: str, lease_ms: int = LEASE_MS, family_base: str = "") -> None:
        self._store = store
        self._owner = owner
        self._lease_ms = lease_ms
        self._family_base = family_base

    def claim(self, now: int, limit: int, shares: Shares = UNLIMITED) -> list[Leased]:
        """Claim due notices, the most urgent first. The search does not block writers, who may be waiting with an SOS."""
        with self._store.read(EVERYTHING) as reader:
            due = reader.outbox.find_due(now, limit, shares)
        if not due:
            return []
        with self._store.begin() as tx:
            claimed = tx.outbox.take(due, now, self._owner, self._lease_ms)
            return add_message_links(tx, claimed, now, self._family_base) if self._family_base else claimed

    def is_superseded(self, notice: Leased) -> bool:
        """Whether an opening that was not sent yet has its closing in the outbox, for the same channel.

        Also true for a closing that was undone, for a question that was answered meanwhile, and for a reminder that nobody has
        answered when somebody has.
        """
        with self._store.read(EVERYTHING) as reader:
            if notice.channel_kind == COMMAND:
                asked = reader.alerts.find_plain(notice.alert_id)
                return asked is None or asked.condition is Condition.CLEARED
            if notice.event == REMINDER:
                alert = reader.alerts.find_plain(notice.alert_id)
                if alert is None or alert.answer is not Answer.UNACKNOWLEDGED:
                    return True
            return reader.outbox.has_later(notice, _REOPENED if notice.event == _RESOLVED else _RESOLVED)

    def reserve(self, notice: Leased, limits: Sequence[SendLimit], now: int) -> int | None:
        """Count one message more to the address, or put the notice off, in one transaction."""
        address = get_address(notice.channel_kind, notice.channel_params or {})
        with self._store.begin() as tx:
            is_urgent = notice.priority_rank == Priority.CRITICAL.rank
            due = tx.sendings.reserve(notice.channel_kind, address, limits, now, is_urgent=is_urgent)
            if due is not None:
                tx.outbox.put_off(notice.id, self._owner, due, now, PUT_OFF)
        return due

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Write the attempt and, for a dead letter, its alert, in one transaction."""
        for _ in range(_RACES):
            # another dead letter of the home opened the alert meanwhile: by what stands now, it is decided again
            with suppress(NotAllowed):
                return self._settle_once(notice, attempt)
        return self._settle_once(notice, attempt)

    def _settle_once(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        with self._store.begin() as tx:
            state = tx.outbox.settle(notice.id, self._owner, attempt)
            # a question that did not arrive is not answered: that is all there is to say of it
            if state is OutboxState.DEAD and notice.channel_kind != COMMAND:
                perform_in(tx, _ACTOR, GiveUp(notice, notice.attempts + 1, attempt.at), attempt.at)
        return state

    def release(self, notices: Sequence[Leased]) -> None:
        """Give claimed notices back without an attempt."""
        with self._store.begin() as tx:
            tx.outbox.release([notice.id for notice in notices], self._owner)

    def read_health(self) -> OutboxHealth:
        """Read how far behind the outbox is."""
        with self._store.read(EVERYTHING) as reader:
            return reader.outbox.read_health()

    def write_heartbeat(self, now: int, detail: Mapping[str, str | int | float | bool | None]) -> None:
        """Write the heartbeat row."""
        with self._store.begin() as tx:
            tx.heartbeats.beat(SERVICE, now, detail)
