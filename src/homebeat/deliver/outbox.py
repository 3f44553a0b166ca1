"""The deliverer's access to the outbox in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from homebeat.actions import FollowReach, GiveUp, perform_in
from homebeat.actions.enter_receipts import ARRIVED
from homebeat.actions.pulse import read_as_of
from homebeat.deliver.message_links import add_message_links
from homebeat.deliver.ports import FAILED_TRIES, SUPERSEDED
from homebeat.domain.alert import Answer, Condition, Priority
from homebeat.domain.channel import TEST_EVENT, AccountLimit, SendLimit, get_address
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.family_note import FAMILY_NOTES
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT, COMMAND
from homebeat.domain.principal import make_service
from homebeat.domain.quiet_hours import PUT_OFF as QUIET
from homebeat.domain.scope import EVERYTHING
from homebeat.response.notify import REMINDER
from homebeat.store import UNLIMITED, Attempt, Leased, OutboxHealth, OutboxState, ReadSession, Shares, Store, UnitOfWork

LEASE_MS: Final = 45_000  # longer than an attempt and the write after it, short enough that an SOS survives our death
SERVICE: Final = "deliver"
#: Why a notice was put off.
PUT_OFF: Final = "put off: the provider takes no more messages to this address, or of this account, now"
NO_LIMITS: Final[Mapping[str, AccountLimit]] = {}
#: Notes that were put off come back within so long of their turn.
NOTES_SPREAD_MS: Final = 600_000
#: Why a note was not sent.
NOT_SO: Final = "not so any more: an alert is open, or less is known than when it was written"
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
        accounts: What our account at the provider takes, by kind of channel.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        lease_ms: int = LEASE_MS,
        family_base: str = "",
        accounts: Mapping[str, AccountLimit] = NO_LIMITS,
    ) -> None:
        self._store = store
        self._owner = owner
        self._lease_ms = lease_ms
        self._family_base = family_base
        self._accounts = accounts

    def claim(self, now: int, limit: int, shares: Shares = UNLIMITED) -> list[Leased]:
        """Claim due notices, the most urgent first. The search does not block writers, who may be waiting with an SOS."""
        with self._store.read(EVERYTHING) as reader:
            due = reader.outbox.find_due(now, limit, shares)
        if not due:
            return []
        with self._store.begin() as tx:
            claimed = tx.outbox.take(due, now, self._owner, self._lease_ms)
            return add_message_links(tx, claimed, now, self._family_base) if self._family_base else claimed

    def find_needless(self, notice: Leased) -> str:
        """Find why a message need not be sent: its closing is in the outbox, for the same channel, or another one has brought it.

        Also for a closing that was undone, for a question that was answered meanwhile, and for a reminder that nobody has
        answered when somebody has.
        """
        with self._store.read(EVERYTHING) as reader:
            if notice.event in FAMILY_NOTES:
                claimed_at = notice.lease_until - self._lease_ms
                is_so = read_as_of(reader, claimed_at).is_current and reader.family_notes.may_send(notice.event, notice.contact)
                return "" if is_so else NOT_SO
            if _is_superseded(reader, notice):
                return SUPERSEDED
            return ARRIVED if notice.place and reader.outbox.has_arrived_before(notice) else ""

    def reserve(self, notice: Leased, limits: Sequence[SendLimit], now: int) -> int | None:
        """Count one message more to the address and of the account, or put the notice off, in one transaction.

        One that failed before, or waited for its turn, may come into the quiet hours of whoever gets it: it waits for their end.
        """
        if (ends := self._find_quiet_end(notice, now)) is not None:
            ends += notice.place * MINUTE_MS  # the channel before it goes first
            with self._store.begin() as tx:
                tx.outbox.put_off(notice.id, self._owner, ends, now, QUIET)
            return ends
        account = self._accounts.get(notice.channel_kind)
        if not limits and account is None:
            return None
        address = get_address(notice.channel_kind, notice.channel_params or {})
        with self._store.begin() as tx:
            is_urgent = notice.priority_rank == Priority.CRITICAL.rank
            is_minor = notice.event in {*FAMILY_NOTES, FOLLOW_UP_EVENT, TEST_EVENT}
            due = tx.sendings.reserve(
                notice.channel_kind, address, limits, now, is_urgent=is_urgent, is_minor=is_minor, account=account
            )
            if due is not None:
                due += spread_ms(notice) if is_minor and notice.event != TEST_EVENT else 0
                tx.outbox.put_off(notice.id, self._owner, due, now, PUT_OFF)
                tx.chains.begin_next(notice, now, until=due)
        return due

    def _find_quiet_end(self, notice: Leased, now: int) -> int | None:
        if notice.priority_rank <= Priority.HIGH.rank or notice.alert_id is None:
            return None
        with self._store.read(EVERYTHING) as reader:
            return reader.outbox.find_quiet_end(notice, now)

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Write the attempt and, for a dead letter, its alert; and let the next channel of the person begin, or end."""
        for _ in range(_RACES):
            # another dead letter of the home opened the alert meanwhile: by what stands now, it is decided again
            with suppress(NotAllowed):
                return self._settle_once(notice, attempt)
        return self._settle_once(notice, attempt)

    def _settle_once(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        with self._store.begin() as tx:
            state = tx.outbox.settle(notice.id, self._owner, attempt)
            # a question that did not arrive is not answered: that is all there is to say of it
            if state is None or notice.channel_kind == COMMAND:
                return state
            self._move_chain(tx, notice, attempt, state)
            if not attempt.superseded or notice.is_retired:
                is_reached = notice.is_retired or (attempt.ok and not attempt.awaits_proof)
                if is_reached or not attempt.ok:
                    perform_in(tx, _ACTOR, FollowReach(notice, is_reached=is_reached), attempt.at)
            if state is OutboxState.DEAD:
                perform_in(tx, _ACTOR, GiveUp(notice, notice.attempts + 1, attempt.at), attempt.at)
        return state

    def _move_chain(self, tx: UnitOfWork, notice: Leased, attempt: Attempt, state: OutboxState | None) -> None:
        """What an attempt means for the channels behind this one."""
        if state is OutboxState.DELIVERED and not attempt.awaits_proof:
            tx.chains.end(notice, attempt.at, ARRIVED)
        elif state is OutboxState.DEAD or (state is OutboxState.PENDING and notice.attempts + 1 >= FAILED_TRIES):
            tx.chains.begin_next(notice, attempt.at + attempt.duration_ms)

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


def spread_ms(notice: Leased) -> int:
    """How much later a note that was put off comes back, so that not all of them do at once."""
    return int(notice.id[-8:], 16) % NOTES_SPREAD_MS


def _is_superseded(reader: ReadSession, notice: Leased) -> bool:
    if notice.alert_id is None:
        return False
    if notice.channel_kind == COMMAND or notice.event == ASK_EVENT:
        asked = reader.alerts.find_plain(notice.alert_id)
        return asked is None or asked.condition is Condition.CLEARED or asked.answer is Answer.RESOLVED
    if notice.event == REMINDER:
        alert = reader.alerts.find_plain(notice.alert_id)
        if alert is None or alert.answer is not Answer.UNACKNOWLEDGED:
            return True
    return reader.outbox.has_later(notice, _REOPENED if notice.event == _RESOLVED else _RESOLVED)
