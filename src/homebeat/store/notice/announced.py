"""What is announced to Home Assistant, and how the homes are that are to be announced. Nothing that is sealed is read here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, or_, select, true, update

from homebeat.domain.alert import WAITING
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.notice import tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement

    from homebeat.domain.scope import Scope
    from homebeat.store.operation.values import Change

_announced, _announcer = tables.announced, tables.announcer
_home, _resident, _state, _line = home_tables.household, home_tables.resident, home_tables.resident_state, home_tables.area_above
_alert, _under = alert_tables.alert, alert_tables.alert_area
_QUEUES: Final = tuple(sorted(queue.value for queue in WAITING))


@dataclass(frozen=True, slots=True)
class Announcement:
    """One device at the broker of Home Assistant.

    Attributes:
        topic: Of its configuration.
        broker: Where it was published, `host:port`.
        state_topic: Where its state is.
        kind: `home`, `area` or `service`.
        ref: The id of the home or area; empty for homebeat itself.
        content: A digest of the configuration.
    """

    topic: str
    broker: str
    state_topic: str
    kind: str
    ref: str
    content: str


@dataclass(frozen=True, slots=True)
class ChosenHomes:
    """Which homes are announced: those of these areas and all below them, and these; all where nothing is named."""

    areas: tuple[AreaId, ...] = ()
    homes: tuple[HouseholdId, ...] = ()


@dataclass(slots=True)
class HomeStanding:
    """How a home is, as stored.

    Attributes:
        states: The states of those who live there; `unknown` for one who was never judged.
        life_at: The last sign of life of anybody there, epoch ms.
        waiting: How many open alerts wait, by queue.
        rank: The rank of the most urgent open alert of the care desk, 0 for critical; None where there is none.
    """

    area: AreaId
    states: list[str]
    life_at: int | None
    waiting: dict[str, int]
    rank: int | None


class AnnouncedQueries:
    """What is announced and what should be, for reading. It is for the lane to Home Assistant alone."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def has_any(self) -> bool:
        """Whether anything is announced."""
        require_everything(self._scope)
        return self._connection.scalar(select(_announced.c.topic).limit(1)) is not None

    def list_gone(
        self, chosen: ChosenHomes | None, areas: Collection[AreaId], broker: str, prefix: str, most: int
    ) -> list[Announcement]:
        """List what is announced and should not be: of homes that went, of what is not chosen, elsewhere, under other topics.

        Args:
            chosen: Which homes are announced; None for nothing at all.
            areas: Which areas are announced.
            broker: Where it is announced now.
            prefix: What each topic of a configuration begins with now.
            most: How many at most.
        """
        require_everything(self._scope)
        query = select(_announced)
        if chosen is not None:
            there = select(_home.c.id).where(_home.c.id == _announced.c.ref, *_list_conditions(chosen)).exists()
            query = query.where(
                or_(
                    _announced.c.broker != broker,
                    func.substr(_announced.c.topic, 1, len(prefix)) != prefix,
                    (_announced.c.kind == "home") & ~there,
                    (_announced.c.kind == "area") & ~match_any(_announced.c.ref, areas),
                )
            )
        return [Announcement(**row) for row in self._connection.execute(query.limit(most)).mappings()]

    def list_missing(self, chosen: ChosenHomes, most: int) -> list[HouseholdId]:
        """List chosen homes that are not announced yet."""
        require_everything(self._scope)
        known = select(_announced.c.topic).where(_announced.c.kind == "home", _announced.c.ref == _home.c.id).exists()
        query = select(_home.c.id).where(*_list_conditions(chosen), ~known).order_by(_home.c.id).limit(most)
        return [HouseholdId(one) for one in self._connection.scalars(query)]

    def list_homes(self, chosen: ChosenHomes, after: str, most: int) -> list[HouseholdId]:
        """List a page of the chosen homes, by id, behind that of the page before."""
        require_everything(self._scope)
        query = select(_home.c.id).where(*_list_conditions(chosen), _home.c.id > after).order_by(_home.c.id).limit(most)
        return [HouseholdId(one) for one in self._connection.scalars(query)]

    def list_new(self, rows: Sequence[Announcement]) -> list[Announcement]:
        """List what of this is not noted yet, or with another content."""
        require_everything(self._scope)
        known: dict[str, str] = {}
        for some in split_chunks(one.topic for one in rows):
            query = select(_announced.c.topic, _announced.c.content).where(match_any(_announced.c.topic, some))
            known.update((row.topic, row.content) for row in self._connection.execute(query))
        return [one for one in rows if known.get(one.topic) != one.content]

    def list_alarmed(self, chosen: ChosenHomes, most: int) -> list[HouseholdId]:
        """List chosen homes with open alerts of the care desk, the most urgent first."""
        require_everything(self._scope)
        query = select(_alert.c.household).join(_home, _home.c.id == _alert.c.household)
        query = query.where(alert_tables.UNRESOLVED, _alert.c.queue == "care", *_list_conditions(chosen))
        query = query.order_by(_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id).limit(most)
        return list(dict.fromkeys(HouseholdId(one) for one in self._connection.scalars(query)))

    def find_changed(self, changes: Iterable[Change]) -> tuple[set[HouseholdId], set[AreaId]]:
        """Find the homes that changes of alerts and residents concern, and the areas whose counts they may change."""
        require_everything(self._scope)
        refs: dict[str, set[str]] = {"alert": set(), "resident": set()}
        for change in changes:
            if change.kind in refs:
                refs[change.kind].add(change.ref)
        homes: set[HouseholdId] = set()
        areas: set[AreaId] = set()
        for some in split_chunks(refs["alert"]):
            query = select(_alert.c.household, _alert.c.area).where(match_any(_alert.c.id, some))
            for row in self._connection.execute(query):
                homes |= {HouseholdId(row.household)} if row.household else set()
                areas |= {AreaId(row.area)} if row.area else set()
        for some in split_chunks(refs["resident"]):
            homes.update(self._connection.scalars(select(_resident.c.household).where(match_any(_resident.c.id, some))))
        above: set[AreaId] = set()
        for some in split_chunks(areas):
            above.update(self._connection.scalars(select(_line.c.above).where(match_any(_line.c.area, some))))
        return homes, above

    def read_homes(self, homes: Iterable[HouseholdId], chosen: ChosenHomes) -> dict[HouseholdId, HomeStanding]:
        """Read how those of these homes are that are chosen and not retired."""
        require_everything(self._scope)
        found: dict[HouseholdId, HomeStanding] = {}
        for some in split_chunks(set(homes)):
            query = select(_home.c.id, _home.c.area).where(match_any(_home.c.id, some), *_list_conditions(chosen))
            found |= {HouseholdId(row.id): HomeStanding(row.area, [], None, {}, None) for row in self._connection.execute(query)}
            people = _resident.outerjoin(_state, _state.c.resident == _resident.c.id)
            living = match_any(_resident.c.household, some), _resident.c.retired_at.is_(None)
            states = select(_resident.c.household, _state.c.state, _state.c.life_at).select_from(people).where(*living)
            for row in self._connection.execute(states):
                if (home := found.get(row.household)) is not None:
                    home.states.append(row.state or "unknown")
                    home.life_at = max(filter(None, (home.life_at, row.life_at)), default=None)
            waits = select(
                _alert.c.household, _alert.c.queue, func.count().label("number"), func.min(_alert.c.priority_rank).label("rank")
            )
            waits = waits.where(match_any(_alert.c.household, some), alert_tables.UNRESOLVED, _alert.c.queue.in_(_QUEUES))
            for row in self._connection.execute(waits.group_by(_alert.c.household, _alert.c.queue)):
                if (home := found.get(row.household)) is not None:
                    home.waiting[row.queue] = row.number
                    home.rank = row.rank if row.queue == "care" else home.rank
        return found

    def count_waiting(self, areas: Iterable[AreaId]) -> dict[AreaId, dict[str, int]]:
        """Count the open alerts that wait in these areas and all below them, by queue."""
        require_everything(self._scope)
        found: dict[AreaId, dict[str, int]] = {area: {} for area in areas}
        for some in split_chunks(found):
            query = select(_under.c.area, _under.c.queue, func.count()).where(match_any(_under.c.area, some))
            for area, queue, number in self._connection.execute(query.group_by(_under.c.area, _under.c.queue)):
                found[area][queue] = number
        return found


class Announced(AnnouncedQueries):
    """What is announced, for writing."""

    def claim(self, owner: str, now: int, lease_ms: int) -> bool:
        """Claim the one place of who announces, or keep it; False where another process has it. `now`: epoch ms."""
        begin = insert_into(self._connection, _announcer).values(no=1, owner="", lease_until=0)
        self._connection.execute(begin.on_conflict_do_nothing(index_elements=["no"]))
        free = or_(_announcer.c.owner == owner, _announcer.c.lease_until <= now, _announcer.c.lease_until > now + lease_ms)
        return (
            self._connection.execute(update(_announcer).where(free).values(owner=owner, lease_until=now + lease_ms)).rowcount == 1
        )

    def release(self, owner: str) -> None:
        """Give the place back."""
        self._connection.execute(update(_announcer).where(_announcer.c.owner == owner).values(lease_until=0))

    def add(self, rows: Sequence[Announcement]) -> None:
        """Note what is about to be announced."""
        require_everything(self._scope)
        columns = {name: [getattr(one, name) for one in rows] for name in Announcement.__slots__}
        write_columns(self._connection, _announced, columns, replaces="topic")

    def remove(self, topics: Iterable[str]) -> None:
        """Forget what was taken back."""
        require_everything(self._scope)
        for some in split_chunks(topics):
            self._connection.execute(delete(_announced).where(match_any(_announced.c.topic, some)))


def _list_conditions(chosen: ChosenHomes) -> list[ColumnElement[bool]]:
    """List the conditions that a home is there and chosen."""
    if not chosen.areas and not chosen.homes:
        return [_home.c.retired_at.is_(None), true()]
    below = _home.c.area.in_(select(_line.c.area).where(match_any(_line.c.above, chosen.areas)))
    return [_home.c.retired_at.is_(None), or_(below, match_any(_home.c.id, chosen.homes))]
