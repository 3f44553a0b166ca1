"""Follows what changes and publishes it for Home Assistant. One process at a time; nothing else waits for it.

At each connection everything is published, since the broker may have forgotten it. From then on changes are followed, and a slow
walk publishes each state once more. While the broker is away nothing is read and nothing waits.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.pulse import read_as_of
from homebeat.deliver.channels.command import CommandOptions
from homebeat.deliver.home_assistant.announcements import AVAILABILITY_S, OFFLINE, ONLINE, Announcer, Publication
from homebeat.deliver.home_assistant.broker import AnnouncingClient, BrokerAway
from homebeat.deliver.home_assistant.walk import FAST_PAGE_S, PAGE, HomeWalk
from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.instants import format_instant
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.mqtt.reconnecting import Backoff
from homebeat.store import Announcement, ChosenHomes, ReadSession, Store

SERVICE: Final = "home_assistant"
LEASE_MS: Final = 30_000
_RENEW_S: Final = 10.0
_LOOK_S: Final = 0.5
_AWAY_S: Final = 1.0
_STANDS_BY_S: Final = 5.0
#: A connection that lasted so long has proven itself.
_PROVEN_S: Final = 10.0
_LONGEST_RETRY_S: Final = 30.0
_CHANGES: Final = 500
#: How often it is looked at most which homes are new or gone: that reads the ids of all, 150 ms of work for 100,000.
_REGISTRY_S: Final = 2.0
#: So many homes wait at most; changes are not read meanwhile. Who is so many changes behind publishes everything instead.
_MOST_WAITING: Final = 1_000
_MOST_BEHIND: Final = 20_000
_SETTLES_S: Final = 10.0
_log = logging.getLogger(__name__)


class _Lost(Exception):
    """Another process announces."""


@dataclass(frozen=True, slots=True)
class LaneOptions:
    """What is announced, and where.

    Attributes:
        chosen: Which homes; None to take back everything.
        has_names: Whether names are published.
    """

    broker: CommandOptions
    announcer: Announcer
    chosen: ChosenHomes | None
    has_names: bool


class HomeAssistantLane:
    """Announces to one Home Assistant. Any number of processes may run one: the holder of the lease works, the others wait.

    Args:
        owner: A name that only this process has.
        clock: The database's, epoch ms.
        chance: Seeded; spreads the retries.
    """

    def __init__(
        self, store: Store, options: LaneOptions, *, owner: str, clock: Callable[[], int], chance: random.Random
    ) -> None:
        self.store, self.options, self.clock = store, options, clock
        self._owner = owner
        self._backoff = Backoff(chance, 0.5, _LONGEST_RETRY_S)
        self._client: AnnouncingClient | None = None
        self._failing_since: int | None = None
        self._error = ""
        self._is_connected = False
        self._renewed_s = float("-inf")
        #: `published`, `withdrawn`, `forgotten` (announced elsewhere: nobody can take it back), `faults`.
        self.counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Announce until `stop` is set, or, where everything is to be taken back, until that is done."""
        is_done = False
        while not is_done and not stop.is_set():
            wait_s, is_ours = _AWAY_S, True
            try:
                is_done = self._hold_and_announce(stop)
            except BrokerAway as away:
                wait_s = self._note_away(away)
            except Unavailable as away:
                _log.warning("what Home Assistant is to be told cannot be read: %s", away)
            except _Lost:  # whoever has it says what holds
                wait_s, is_ours = _STANDS_BY_S, False
            except Exception:  # noqa: BLE001 -- the thread's edge: counted and tried again; nothing else waits for this lane
                _log.exception("the lane to Home Assistant met an unforeseen error")
                self.counts["faults"] += 1
                wait_s = _LONGEST_RETRY_S
            finally:
                self._end(says_offline=is_ours and not is_done)
            if not is_done:
                stop.wait(wait_s)
        with contextlib.suppress(Unavailable), self.store.begin() as tx:
            tx.announced.release(self._owner)
            if is_done:
                tx.heartbeats.forget(SERVICE)

    def _hold_and_announce(self, stop: threading.Event) -> bool:
        self._renew()
        options = self.options
        client = self._client = AnnouncingClient(options.broker, options.announcer.availability_topic)
        client.open()
        opened_s = time.monotonic()
        _log.info("Home Assistant is told by %s", options.announcer.broker)
        self._failing_since, self._error, self._is_connected = None, "", True
        self._renew()
        if options.chosen is None:
            return self._withdraw_everything(client)
        work = _Work(self, client, options.chosen)
        work.begin()
        while not stop.is_set():
            if time.monotonic() - opened_s > _PROVEN_S:
                self._backoff.reset()
            work.step()
            self.turn(client)
        return False

    def _withdraw_everything(self, client: AnnouncingClient) -> bool:
        work = _Work(self, client, None)
        while work.withdraw_some():
            continue
        return True

    def turn(self, client: AnnouncingClient) -> None:
        """Exchange with the broker what there is, and keep the lease.

        Raises:
            _Lost: Another process has it.
            BrokerAway: The connection has ended.
            Unavailable: The database is away.
        """
        client.turn()
        if time.monotonic() - self._renewed_s > _RENEW_S:
            self._renew()

    def _renew(self) -> None:
        """Keep the lease, and say how it goes.

        Raises:
            _Lost: Another process has it.
            Unavailable: The database is away.
        """
        now = self.clock()
        with self.store.begin() as tx:
            if not tx.announced.claim(self._owner, now, LEASE_MS):
                raise _Lost
            tx.heartbeats.beat(SERVICE, now, {**self.counts, "connected": self._is_connected, "noted": self._describe()})
        self._renewed_s = time.monotonic()

    def _describe(self) -> str | None:
        if self._failing_since is None:
            return None
        where = self.options.announcer.broker
        return f"the broker of Home Assistant, {where}: {self._error}, since {format_instant(self._failing_since)}"

    def _note_away(self, away: BrokerAway) -> float:
        self._is_connected = False
        if self._failing_since is None:
            self._failing_since = self.clock()
            _log.warning("Home Assistant is not told: its broker %s: %s", self.options.announcer.broker, away)
        self._error = str(away)
        with contextlib.suppress(Unavailable, _Lost):
            self._renew()
        return self._backoff.choose_wait_s()

    def _end(self, *, says_offline: bool) -> None:
        self._is_connected = False
        client, self._client = self._client, None
        if client is not None:
            client.close(says_offline=says_offline)


class _Work:
    """What is to be published over one connection."""

    def __init__(self, lane: HomeAssistantLane, client: AnnouncingClient, chosen: ChosenHomes | None) -> None:
        self._lane, self._client = lane, client
        self._announcer, self._has_names = lane.options.announcer, lane.options.has_names
        self._chosen, self._withdraws_all = chosen or ChosenHomes(), chosen is None
        self._position = 0
        self._areas: dict[AreaId, str] = {}
        self._homes: deque[HouseholdId] = deque()
        self._changed_areas: set[AreaId] = set()
        self._has_new_registry = True
        self._registers_at_s = self._looks_at_s = self._says_at_s = 0.0
        self._availability = ""
        self._walk = HomeWalk(self._announcer.refresh.total_seconds())

    def begin(self) -> None:
        """Note from where changes are followed, take back what is not announced any more, and begin with homes that have alerts.

        Raises:
            BrokerAway: The connection has ended.
            Unavailable: The database is away.
        """
        with self._lane.store.read(EVERYTHING) as reader:
            self._position = reader.changes.find_last()
            self._areas = self._list_areas(reader)
            self._homes.extend(reader.announced.list_alarmed(self._chosen, _MOST_WAITING))
        while self.withdraw_some():  # first: it may have had its states on the topics of today
            continue
        made = [self._announcer.announce_service()]
        self._note(self._find_new(made))
        self._publish(made[0][1])

    def step(self) -> None:
        """Do what is due now.

        Raises:
            BrokerAway: The connection has ended.
            Unavailable: The database is away.
        """
        now_s = time.monotonic()
        if now_s >= self._looks_at_s:
            self._looks_at_s = now_s + _LOOK_S
            self._look(now_s)
        if self._has_new_registry and now_s >= self._registers_at_s:
            self._registers_at_s = now_s + _REGISTRY_S
            self._follow_registry()
        if self._changed_areas:
            self._publish_areas()
        if self._homes:
            self._publish_homes([self._homes.popleft() for _ in range(min(PAGE, len(self._homes)))])
        elif now_s >= self._walk.due_at_s:
            self._publish_page(now_s)

    def withdraw_some(self) -> int:
        """Take back some of what is announced and should not be; returns how much.

        Raises:
            BrokerAway: The connection has ended, or the broker does not confirm it: the rows stay.
        """
        with self._lane.store.read(EVERYTHING) as reader:
            chosen = None if self._withdraws_all else self._chosen
            gone = reader.announced.list_gone(chosen, self._areas, self._announcer.broker, self._announcer.config_prefix, PAGE)
        if not gone:
            return 0
        for one in gone:
            if one.broker != self._announcer.broker:
                self._lane.counts["forgotten"] += 1
                continue
            self._publish(Publication(one.topic, b""))
            if self._withdraws_all or one.state_topic != self._announcer.availability_topic:
                self._publish(Publication(one.state_topic, b""))
            self._lane.counts["withdrawn"] += 1
        if not self._client.settle(_SETTLES_S):
            raise BrokerAway("it does not confirm what is taken back")
        with self._lane.store.begin() as tx:
            tx.announced.remove(one.topic for one in gone)
        return len(gone)

    def _look(self, now_s: float) -> None:
        """Say whether what is published holds, and find what has changed."""
        with self._lane.store.read(EVERYTHING) as reader:
            as_of = read_as_of(reader, self._lane.clock())
            newest = reader.changes.find_last()
            is_behind = newest - self._position > _MOST_BEHIND
            has_room = len(self._homes) < _MOST_WAITING and not is_behind
            changes = reader.changes.read_after(self._position, _CHANGES) if has_room else []
            homes, areas = reader.announced.find_changed(changes) if changes else (set(), set())
        said = ONLINE if as_of.is_current else OFFLINE
        if said != self._availability or now_s >= self._says_at_s:
            if said == ONLINE and self._availability == OFFLINE:
                self._walk.ask_again()  # what was published meanwhile is not what the watch knows
            self._availability, self._says_at_s = said, now_s + AVAILABILITY_S
            self._publish(Publication(self._announcer.availability_topic, said.encode()))
        if is_behind:
            self._position, self._has_new_registry = newest, True
            self._walk.ask_again()
        if changes:
            self._position = changes[-1].id
            self._has_new_registry |= any(change.kind == "fleet" for change in changes)
            self._homes.extendleft(homes.difference(self._homes))
            self._changed_areas |= areas & self._areas.keys()

    def _follow_registry(self) -> None:
        """Announce what is new and take back what went, a page at a time."""
        with self._lane.store.read(EVERYTHING) as reader:
            self._areas = self._list_areas(reader)
            # the first walk announces every home
            missing = [] if self._walk.is_full else reader.announced.list_missing(self._chosen, PAGE)
        self._announce_areas()
        gone = self.withdraw_some()
        if missing:
            self._publish_homes(missing)
        self._has_new_registry = len(missing) == PAGE or gone == PAGE
        if self._has_new_registry:
            self._registers_at_s = time.monotonic() + FAST_PAGE_S
        if self._has_names and not self._has_new_registry:
            self._walk.ask_again()  # a name may be another one

    def _list_areas(self, reader: ReadSession) -> dict[AreaId, str]:
        """List the areas that are announced, with their names."""
        if self._chosen.homes and not self._chosen.areas:
            return {}
        found = reader.homes.list_areas()
        parents = {area.id: area.parent for area in found}
        wanted = set(self._chosen.areas)

        def lies_there(area: AreaId | None) -> bool:
            seen: set[AreaId] = set()
            while area is not None and area not in seen:
                if area in wanted:
                    return True
                seen.add(area)
                area = parents.get(area)
            return False

        return {area.id: area.name for area in found if not wanted or lies_there(area.id)}

    def _announce_areas(self) -> None:
        made = [self._announcer.announce_area(area, name if self._has_names else "") for area, name in self._areas.items()]
        self._announce(made, self._find_new(made), again=self._walk.is_full)
        self._changed_areas |= self._areas.keys()

    def _publish_areas(self) -> None:
        wanted, self._changed_areas = self._changed_areas, set()
        with self._lane.store.read(EVERYTHING) as reader:
            waiting = reader.announced.count_waiting(wanted)
        for area, counts in waiting.items():
            self._publish(self._announcer.write_area(area, counts))

    def _publish_page(self, now_s: float) -> None:
        """Publish the next homes of the walk."""
        with self._lane.store.read(EVERYTHING) as reader:
            page = reader.announced.list_homes(self._chosen, self._walk.after, PAGE)
        self._publish_homes(page, again=self._walk.is_full)
        if self._walk.go_on(page, now_s):
            self._changed_areas |= self._areas.keys()

    def _publish_homes(self, homes: Sequence[HouseholdId], *, again: bool = False) -> None:
        """Publish how homes are; their configurations where those are new, and with `again` in any case."""
        if not homes:
            return
        with self._lane.store.read(EVERYTHING) as reader:
            as_of = read_as_of(reader, self._lane.clock())
            standings = reader.announced.read_homes(homes, self._chosen)
            named = self._read_names(reader, standings)
        made = [self._announcer.announce_home(home, *named.get(home, ("", ""))) for home in standings]
        self._announce(made, self._find_new(made), again=again)
        for home, standing in standings.items():
            self._publish(self._announcer.write_home(home, standing, as_of))

    def _announce(self, made: Sequence[tuple[Announcement, Publication]], new: Sequence[Announcement], *, again: bool) -> None:
        """Publish configurations: those that are new, which are noted before, and with `again` all."""
        self._note(new)
        topics = {one.topic for one in new}
        for row, configuration in made:
            if again or row.topic in topics:
                self._publish(configuration)

    def _read_names(self, reader: ReadSession, homes: Iterable[HouseholdId]) -> dict[HouseholdId, tuple[str, str]]:
        """Read the names of residents and areas; nothing that is sealed is opened where they are not to be published."""
        if not self._has_names:
            return {}
        return {
            one.household: (", ".join(entry.resident.name for entry in one.residents), one.area_name)
            for one in reader.homes.find_households(homes)
        }

    def _find_new(self, made: Sequence[tuple[Announcement, Publication]]) -> list[Announcement]:
        with self._lane.store.read(EVERYTHING) as reader:
            return reader.announced.list_new([row for row, _ in made])

    def _note(self, rows: Sequence[Announcement]) -> None:
        """Note what is about to be announced, so that it can be taken back whatever happens. Most often there is nothing new."""
        if rows:
            with self._lane.store.begin() as tx:
                tx.announced.add(rows)

    def _publish(self, one: Publication) -> None:
        while not self._client.has_room:
            self._lane.turn(self._client)
        self._client.publish(one)
        self._lane.counts["published"] += 1


def is_needed(store: Store) -> bool:
    """Whether anything is announced that is to be taken back."""
    with store.read(EVERYTHING) as reader:
        return reader.announced.has_any()
