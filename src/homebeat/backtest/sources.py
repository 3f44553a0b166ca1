"""Where a backtest's readings come from: a recording with its fleet file, or the database's log in order of arrival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from homebeat.backtest import Block, Closed
from homebeat.backtest.labels import LABEL_OF
from homebeat.codecs.wire import Limits
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId, DeviceId
from homebeat.domain.instants import iso
from homebeat.ingest.reading import read
from homebeat.ingest.recording import Recording
from homebeat.settings.plan import nearest
from homebeat.store import AlertFilter, AlertOrder, Store
from homebeat.stream.batch import I32
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import area_path, parents_of

_MS: Final = timedelta(milliseconds=1)
_AT_A_TIME: Final = 100_000
_MOST_AT_A_TIME: Final = 5_000_000
#: Below this share of all devices the database leaves the others out, above it that would only cost.
_FEW: Final = 0.3
_PAGE: Final = 200


class Source(Protocol):
    """Readings to replay. `starts_at` is the first arrival, `count_from` where counting begins, epoch ms."""

    name: str
    fleet: Fleet
    roster: Roster
    starts_at: int
    count_from: int
    end: int

    def blocks(self) -> Iterator[Block]:
        """Readings in arrival order, by row of `roster`; `end` is the last arrival once all are taken."""
        ...

    def share(self) -> float:
        """How much has been taken, 0 to 1."""
        ...

    def closed(self) -> list[Closed] | None:
        """Real alerts of the span that people closed; None where nobody knows."""
        ...


class RecordingSource:
    """A recording; what was set aside in it is left out."""

    def __init__(self, path: Path, fleet: Fleet, limits: Limits, warm_up: timedelta) -> None:
        self.name, self.fleet, self._limits = path.name, fleet, limits
        self.recording = Recording(path)
        self._messages = (messages for messages in self.recording.blocks() if messages)
        first = next(self._messages, None)
        if first is None:
            raise BadSettings(f"{path} holds no message that can be read; `homebeat record` writes one")
        self._first = first
        self.starts_at = self.end = first[0].received_at
        self.count_from = self.starts_at + warm_up // _MS
        self.roster = Roster().updated(fleet, self.starts_at)
        self._codecs: dict[str, str] = {d.id: d.codec for h in fleet.households for d in h.devices if d.codec}

    def blocks(self) -> Iterator[Block]:
        """Each message read once."""
        for messages in chain([self._first], self._messages):
            intake = read(messages, self.roster.device_row, self._codecs, self._limits, self.roster.device_meter)
            self.end = messages[-1].received_at
            # more may come with the same arrival time, in the next block
            yield Block(intake.batch, self.end - 1)

    def share(self) -> float:
        """By bytes."""
        return self.recording.read_bytes / max(self.recording.total_bytes, 1)

    def closed(self) -> list[Closed] | None:
        """Nobody answers in a recording."""
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """What to take of the log: the last `last` is counted, and `warm_up` before that is folded first."""

    area: str | None
    last: timedelta
    warm_up: timedelta


class DatabaseSource:
    """The readings of an area and all below it, out of the log."""

    def __init__(self, store: Store, span: Span) -> None:
        self._store, self._span = store, span
        with store.read() as reader:
            whole, numbers = reader.fleet.load(), reader.fleet.device_nos()
            self.fleet = _within(whole, span.area)
            last = reader.log.arrived_at(reader.log.end())
            if last is None:
                raise BadSettings("the database holds no readings yet; let the watch run, or give a recording")
            self.end = last
            self.count_from = last - span.last // _MS
            self._first = self._position = reader.log.position_at(self.count_from - span.warm_up // _MS)
            self._last = reader.log.end()
            start = reader.log.arrived_at(self._first + 1)
        self.starts_at = min(self.count_from - span.warm_up // _MS if start is None else start, self.end)
        self.count_from = max(self.count_from, self.starts_at)
        self.name = span.area or "all areas"
        self.roster = Roster().updated(self.fleet, self.starts_at)
        self._rows = _rows_by_number(self.roster, numbers)
        share = len(self.roster.device_ids) / max(len(numbers), 1)
        is_few = share < _FEW
        self._few = np.flatnonzero(self._rows >= 0).astype(np.int32) if is_few else None
        # of a city's log a street is few rows a page
        self._page = min(round(_AT_A_TIME / share), _MOST_AT_A_TIME) if is_few else _AT_A_TIME

    def blocks(self) -> Iterator[Block]:
        """A page of the log at a time, each in a transaction of its own: a long one would hold back the database's cleaning."""
        arrived, any_yet = self.starts_at, False
        while self._position < self._last:
            upto = min(self._position + self._page, self._last)
            with self._store.read() as reader:
                batch = reader.log.between(self._position, upto, self._rows, self._few)
            self._position = upto
            if len(batch):
                any_yet = True
                batch = replace(batch, received_at=np.maximum(np.maximum.accumulate(batch.received_at), arrived))
                arrived = int(batch.received_at[-1])
                yield Block(batch, arrived - 1)
        if not any_yet:
            raise BadSettings(
                f"there are no readings of {self.name} since {iso(self.starts_at)}; ask for a longer --last or another --area"
            )

    def share(self) -> float:
        """By position in the log."""
        return (self._position - self._first) / max(self._last - self._first, 1)

    def closed(self) -> list[Closed] | None:
        """Real alerts that opened in what is counted and have an outcome."""
        area = AreaId(self._span.area) if self._span.area else None
        where = AlertFilter(is_open=False, area=area, since=self.count_from, until=self.end + 1, order=AlertOrder.NEWEST)
        found, cursor = [], None
        while True:
            with self._store.read() as reader:
                page = reader.alerts.page(where, _PAGE, cursor)
            for entry in page.items:
                a = entry.alert
                if a.outcome is not None and a.resolved_at is not None and a.subject.household is not None:
                    found.append(
                        Closed(
                            id=a.id,
                            rule=a.rule,
                            queue=a.queue,
                            household=a.subject.household,
                            resident=a.subject.resident,
                            since=a.since,
                            until=a.resolved_at,
                            label=LABEL_OF[a.outcome],
                        )
                    )
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda c: (c.since, c.id))


def _within(fleet: Fleet, area: str | None) -> Fleet:
    """The homes of an area and all below it.

    Raises:
        BadSettings: There is no such area, or no home in it.
    """
    names: Sequence[str] = [a.id for a in fleet.areas]
    if area is not None and area not in names:
        known = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise BadSettings(f"there is no area {area!r}{nearest(area, names)}; known are {known or 'none'}")
    parents = parents_of(fleet)
    inside = {a.id for a in fleet.areas if area is None or area in area_path(parents, a.id)}
    homes = tuple(h for h in fleet.households if h.area in inside)
    if not any(h.residents for h in homes):
        raise BadSettings(f"nobody lives in {area or 'the registry'}; `homebeat fleet import FILE` fills it")
    return Fleet(fleet.areas, homes)


def _rows_by_number(roster: Roster, numbers: Mapping[DeviceId, int]) -> I32:
    rows = np.full(max(numbers.values(), default=0) + 1, -1, np.int32)
    for device, row in roster.device_row.items():
        rows[numbers[DeviceId(device)]] = row
    return rows
