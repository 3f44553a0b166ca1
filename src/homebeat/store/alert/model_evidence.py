"""Reads what the report about models of devices needs: devices, alerts on their word, batteries, and messages set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Integer, Select, and_, cast, func, or_, select

from homebeat.evidence.models import BATTERY, FOLLOWED, ModelGathering, ModelSurroundings, SeenDevice
from homebeat.store.alert.evidence import EvidenceQueries
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.home.device_lists import LATEST_READINGS
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homebeat.domain.ids import AreaId
    from homebeat.domain.scope import Scope
    from homebeat.evidence.model_report import IndexRule, ModelReport

_device, _state, _home = home_tables.device, home_tables.device_state, home_tables.household
_last, _aside, _reading = reading_tables.last_message, reading_tables.quarantine, reading_tables.reading
_AT_A_TIME: Final = 5_000


class ModelEvidence:
    """How the devices of each model did, for reading: it opens nothing, and reads no name of a person."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._alerts = EvidenceQueries(connection, scope)

    def compute_report(
        self,
        span: tuple[int, int],
        as_of: int,
        rule: IndexRule,
        late: tuple[int, int],
        kept_since: int,
        area: AreaId | None = None,
    ) -> ModelReport:
        """Compute the report about a span.

        Args:
            span: From, and until before, epoch ms.
            as_of: Now, epoch ms: alerts count as they stand.
            rule: How the index is computed.
            late: The last position of the log (`LogQueries.find_end`), and how many ms after it was measured a reading is late.
            kept_since: Older alerts are deleted; epoch ms.
            area: This one and all below it; None for everything in the scope.
        """
        gathering = ModelGathering(span, as_of, self._list_devices(span, area))
        for course in self._alerts.stream_courses(span, area, firing_of=FOLLOWED):
            gathering.add(course)
        for course in self._alerts.stream_rule(BATTERY, span[0], area):
            gathering.add_battery(course)
        around = ModelSurroundings(
            timezone=self._alerts.find_timezone(area),
            late=self._count_late(*late, area),
            set_aside=self._count_set_aside(span, area),
            kept_since=kept_since,
        )
        return gathering.make_report(area or "", rule, around)

    def _list_devices(self, span: tuple[int, int], area: AreaId | None) -> Iterator[SeenDevice]:
        hinted = and_(_last.c.device == _device.c.id, _last.c.hint != "")
        columns = (_device.c.id, _device.c.household, _device.c.kind, _device.c.model, _device.c.enrolled_at)
        query = select(
            *columns,
            _device.c.retired_at,
            _device.c.retired_for,
            _state.c.silent,
            _state.c.battery_pct,
            _last.c.device.label("hinted"),
            _device.c.no,
        )
        query = query.select_from(
            _device.join(_home, _home.c.id == _device.c.household)
            .outerjoin(_state, _state.c.device == _device.c.id)
            .outerjoin(_last, hinted)
        )
        query = query.where(_device.c.enrolled_at <= span[1], or_(_device.c.retired_at.is_(None), _device.c.retired_at > span[0]))
        query = narrow(_in_area(query, area), _device.c.household, self._scope).order_by(_device.c.no).limit(_AT_A_TIME)
        after, same = 0, dict[str, str]()
        while True:
            page = self._connection.execute(query.where(_device.c.no > after)).all()
            for row in page:
                yield SeenDevice(
                    id=row.id,
                    household=row.household,
                    # of a city these are some names, a hundred thousand times
                    kind=same.setdefault(row.kind, row.kind),
                    model=same.setdefault(row.model, row.model),
                    enrolled_at=row.enrolled_at,
                    retired_at=row.retired_at,
                    is_silent=bool(row.silent),
                    says_battery=row.battery_pct is not None,
                    is_misread=row.hinted is not None,
                    retired_for=same.setdefault(row.retired_for, row.retired_for),
                )
            if len(page) < _AT_A_TIME:
                return
            after = page[-1].no

    def _count_late(self, end: int, late_ms: int, area: AreaId | None) -> dict[str, tuple[int, int]]:
        is_late = cast(_reading.c.received_at - _reading.c.observed_at > late_ms, Integer)
        query = select(_device.c.model, func.count(), func.sum(is_late))
        joined = _reading.join(_device, _device.c.no == _reading.c.device_no).join(_home, _home.c.id == _device.c.household)
        query = query.select_from(joined).where(_reading.c.position > end - LATEST_READINGS)
        query = narrow(_in_area(query, area), _device.c.household, self._scope)
        rows = self._connection.execute(query.group_by(_device.c.model))
        return {row[0]: (row[1], int(row[2])) for row in rows}

    def _count_set_aside(self, span: tuple[int, int], area: AreaId | None) -> dict[str, int]:
        query = select(_device.c.id, func.count())
        joined = _aside.join(_device, _device.c.id == _aside.c.device).join(_home, _home.c.id == _device.c.household)
        query = query.select_from(joined).where(_aside.c.received_at >= span[0], _aside.c.received_at < span[1])
        query = narrow(_in_area(query, area), _device.c.household, self._scope)
        rows = self._connection.execute(query.group_by(_device.c.id))
        return {row[0]: row[1] for row in rows}


def _in_area(query: Select[Any], area: AreaId | None) -> Select[Any]:
    return query if area is None else query.where(match_area(_home.c.area, area))
