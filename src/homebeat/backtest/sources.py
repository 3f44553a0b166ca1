"""Reads history for a back-test: from a recording with its fleet file, or from the database's log in order of arrival."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from homebeat.backtest import Block, ClosedAlert
from homebeat.backtest.labels import LABEL_OF
from homebeat.codecs.envelope import Format
from homebeat.codecs.wire import Limits
from homebeat.domain.consent import Purpose, find_withdrawn_of, list_covered
from homebeat.domain.durations import MS
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Fleet, find_area_path, find_parents
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.instants import format_instant
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.reading import read
from homebeat.ingest.recording import Recording
from homebeat.ingest.traits import make_traits
from homebeat.settings.plan import suggest_name
from homebeat.store import AlertFilter, AlertOrder, Store
from homebeat.stream.batch import I32
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

_AT_A_TIME: Final = 100_000
_MOST_AT_A_TIME: Final = 5_000_000
#: Below this share of all devices the database leaves the others out. Above it, leaving them out costs more than it saves.
_FEW: Final = 0.3
_PAGE: Final = 200


class HistorySource(Protocol):
    """A source of readings to replay. `starts_at` is the first arrival, `count_from` where counting begins, epoch ms."""

    name: str
    fleet: Fleet
    roster: Roster
    starts_at: int
    count_from: int
    end: int

    def read_blocks(self) -> Iterator[Block]:
        """Yield readings in arrival order, by row of `roster`. Once all are read, `end` is the last arrival, epoch ms."""
        ...

    def compute_share(self) -> float:
        """How much has been read, 0 to 1."""
        ...

    def read_closed_alerts(self) -> list[ClosedAlert] | None:
        """Read the real alerts of the span that people resolved; None for a recording."""
        ...


class RecordingSource:
    """A recording; its quarantined messages are left out."""

    def __init__(self, path: Path, fleet: Fleet, limits: Limits, warm_up: timedelta, formats: Sequence[Format] = ()) -> None:
        self.name, self.fleet, self._limits, self._formats = path.name, fleet, limits, formats
        self.recording = Recording(path)
        self._messages = (messages for messages in self.recording.read_blocks() if messages)
        first = next(self._messages, None)
        if first is None:
            raise BadSettings(f"{path} holds no message that can be read; `homebeat record` writes one")
        self._first = first
        self.starts_at = self.end = first[0].received_at
        self.count_from = self.starts_at + warm_up // MS
        registry = Registry.of(fleet)
        self.roster = Roster().with_registry(registry, self.starts_at)
        self._traits = make_traits(registry, self.roster)
        self._codecs: dict[str, str] = {d.id: d.codec for h in fleet.households for d in h.devices if d.codec}

    def read_blocks(self) -> Iterator[Block]:
        """Read each message once."""
        for messages in chain([self._first], self._messages):
            rows, meters = self.roster.device_row, self.roster.device_meter
            intake = read(messages, rows, self._codecs, self._limits, meters, self._formats, traits=self._traits)
            self.end = messages[-1].received_at
            # more may come with the same arrival time, in the next block
            yield Block(intake.batch, self.end - 1)

    def compute_share(self) -> float:
        """The share of bytes read."""
        return self.recording.read_bytes / max(self.recording.total_bytes, 1)

    def read_closed_alerts(self) -> list[ClosedAlert] | None:
        """Return None: nobody answers in a recording."""
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """What to read of the log: `last` up to its end is counted, and `warm_up` before that is folded first."""

    area: str | None
    last: timedelta
    warm_up: timedelta


class DatabaseSource:
    """Reads the readings of an area and all below it from the log, without the homes where somebody withdrew consent."""

    def __init__(self, store: Store, span: Span) -> None:
        self._store, self._span = store, span
        with store.read(EVERYTHING) as reader:
            whole, numbers = reader.fleet.load(with_people=False), reader.fleet.read_device_nos()
            withdrawn = reader.consents.find_withdrawn(home.id for home in whole.households)
            self.fleet = _cut_to_area(whole, span.area, {home for home, by in withdrawn.items() if _covers_any(by)})
            self._homes = {home.id for home in self.fleet.households}
            last = reader.log.find_arrival(reader.log.find_end())
            if last is None:
                raise BadSettings("the database holds no readings yet; let the watch run, or give a recording")
            self.end = last
            self.count_from = last - span.last // MS
            self._first = self._position = reader.log.find_position(self.count_from - span.warm_up // MS)
            self._last = reader.log.find_end()
            start = reader.log.find_arrival(self._first + 1)
        self.starts_at = min(self.count_from - span.warm_up // MS if start is None else start, self.end)
        self.count_from = max(self.count_from, self.starts_at)
        self.name = span.area or "all areas"
        self.roster = Roster().with_registry(self.fleet, self.starts_at)
        self._rows = _map_rows(self.roster, numbers)
        share = len(self.roster.device_ids) / max(len(numbers), 1)
        is_few = share < _FEW
        self._few = np.flatnonzero(self._rows >= 0).astype(np.int32) if is_few else None
        # a page of the city's log holds few rows of one street
        self._page = min(round(_AT_A_TIME / share), _MOST_AT_A_TIME) if is_few else _AT_A_TIME

    def read_blocks(self) -> Iterator[Block]:
        """Read the log page by page. Each page has its own transaction: a long one would hold back the database's vacuum."""
        arrived, any_yet = self.starts_at, False
        while self._position < self._last:
            upto = min(self._position + self._page, self._last)
            with self._store.read(EVERYTHING) as reader:
                batch = reader.log.read_between(self._position, upto, self._rows, self._few)
            self._position = upto
            if len(batch):
                any_yet = True
                batch = replace(batch, received_at=np.maximum(np.maximum.accumulate(batch.received_at), arrived))
                arrived = int(batch.received_at[-1])
                yield Block(batch, arrived - 1)
        if not any_yet:
            since = format_instant(self.starts_at)
            raise BadSettings(f"there are no readings of {self.name} since {since}; ask for a longer --last or another --area")

    def compute_share(self) -> float:
        """The share of log positions read."""
        return (self._position - self._first) / max(self._last - self._first, 1)

    def read_closed_alerts(self) -> list[ClosedAlert] | None:
        """Read the real alerts that opened in the counted span and have an outcome."""
        area = AreaId(self._span.area) if self._span.area else None
        where = AlertFilter(is_open=False, area=area, since=self.count_from, until=self.end + 1, order=AlertOrder.NEWEST)
        found: list[ClosedAlert] = []
        cursor = None
        while True:
            with self._store.read(EVERYTHING) as reader:
                page = reader.alerts.read_plain_page(where, _PAGE, cursor)
            found += [
                ClosedAlert(
                    id=a.id,
                    rule=a.rule,
                    queue=a.queue,
                    household=a.subject.household,
                    resident=a.subject.resident,
                    since=a.since,
                    until=a.resolved_at,
                    label=LABEL_OF[a.outcome],
                )
                for a in page.items
                if a.outcome in LABEL_OF and a.resolved_at is not None and a.subject.household in self._homes
            ]
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda c: (c.since, c.id))


def _covers_any(by: Mapping[ResidentId, frozenset[Purpose]]) -> bool:
    """Whether the residents of a home withdrew consent to anything that is watched."""
    return bool(list_covered(find_withdrawn_of(by, None)))


def _cut_to_area(fleet: Fleet, area: str | None, without: Container[HouseholdId]) -> Fleet:
    """Cut the fleet down to the homes of an area and all below it, `without` some of them.

    Raises:
        BadSettings: There is no such area, or no home in it.
    """
    names: Sequence[str] = [a.id for a in fleet.areas]
    if area is not None and area not in names:
        known = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise BadSettings(f"there is no area {area!r}{suggest_name(area, names)}; known are {known or 'none'}")
    parents = find_parents(fleet)
    inside = {a.id for a in fleet.areas if area is None or area in find_area_path(parents, a.id)}
    homes = tuple(h for h in fleet.households if h.area in inside)
    if not any(h.residents for h in homes):
        raise BadSettings(f"nobody lives in {area or 'the registry'}; `homebeat fleet import FILE` fills it")
    homes = tuple(h for h in homes if h.id not in without)
    if not any(h.residents for h in homes):
        raise BadSettings(f"somebody withdrew consent in each home of {area or 'the registry'}; choose another --area")
    return Fleet(fleet.areas, homes)


def _map_rows(roster: Roster, numbers: Mapping[DeviceId, int]) -> I32:
    rows = np.full(max(numbers.values(), default=0) + 1, -1, np.int32)
    for device, row in roster.device_row.items():
        rows[numbers[DeviceId(device)]] = row
    return rows
