"""Reads what the evidence needs of alerts, in pages: however long the span is, only one page of rows is held at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, func, or_, select, tuple_

from homebeat.domain.alert import Outcome, Queue, TransitionKind
from homebeat.domain.fleet import DeviceKind, ResponderKind
from homebeat.domain.visit import VisitState
from homebeat.evidence.course import FIRING_STEPS, UNUSED, AlertCourse, CourseStep
from homebeat.evidence.gather import Gathering, Surroundings
from homebeat.evidence.shifts import DeskShift
from homebeat.evidence.witnesses import Witness, find_kinds, find_models
from homebeat.store.alert import tables
from homebeat.store.alert.rows import PRIORITY_OF_RANK
from homebeat.store.base.chunks import CHUNK
from homebeat.store.duty import tables as duty_tables
from homebeat.store.duty.provider_evidence import ProviderEvidence
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Column, RowMapping

    from homebeat.domain.ids import AreaId
    from homebeat.domain.scope import Scope
    from homebeat.evidence.report import EvidenceReport

_alert, _step, _visit = tables.alert, tables.transition, tables.visit
_home, _device, _resident, _area = home_tables.household, home_tables.device, home_tables.resident, home_tables.area
_line, _responder = home_tables.area_above, home_tables.responder
_rota, _shift = duty_tables.rota, duty_tables.shift
#: Whoever was to go in a visit that ended so does not count among those who were sent.
_CALLED_OFF: Final = (VisitState.CANCELLED.value, VisitState.DECLINED.value)
_KINDS: Final = {kind.value: kind for kind in TransitionKind}
_USED_STEPS: Final = frozenset(TransitionKind) - UNUSED


class EvidenceQueries:
    """What was done about alerts, for reading: it opens nothing, and reads no name."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._providers = ProviderEvidence(connection, scope)

    def compute_report(self, span: tuple[int, int], as_of: int, area: AreaId | None = None) -> EvidenceReport:
        """Compute the report about a span.

        Args:
            span: From, and until before, epoch ms.
            as_of: Now, epoch ms: alerts count as they stand.
            area: This one and all below it; None for everything in the scope.
        """
        gathering = Gathering(*span, as_of)
        for course in self.stream_courses(span, area):
            gathering.add(course)
        return gathering.make_report(area or "", self.read_surroundings(span, area))

    def stream_courses(
        self, span: tuple[int, int], area: AreaId | None = None, *, firing_of: AbstractSet[str] | None = None
    ) -> Iterator[AlertCourse]:
        """Stream the alerts opened in the span, and those opened before that were open at its beginning; each once.

        An alert about no home and no area is among them where no area is asked for.

        Args:
            span: From, and until before, epoch ms.
            area: This one and all below it; None for everything in the scope.
            firing_of: Rules. The others come without steps, these with those of `FIRING_STEPS`, and nobody who was sent or
                asked is looked up: that takes half of the time. None for everything about every alert.
        """
        since, until = span
        opened = _select_alerts(self._scope, area)
        before = opened.where(_alert.c.opened_at < since)
        yield from self._stream(opened.where(_alert.c.opened_at < until), _alert.c.opened_at, since, firing_of)
        yield from self._stream(before.where(tables.UNRESOLVED), _alert.c.opened_at, None, firing_of)
        yield from self._stream(before, _alert.c.resolved_at, since, firing_of)

    def stream_rule(self, rule: str, until: int, area: AreaId | None = None) -> Iterator[AlertCourse]:
        """Stream all alerts of one rule that were opened before `until` (epoch ms), with the steps of `FIRING_STEPS`."""
        query = _select_alerts(self._scope, area).where(_alert.c.rule == rule, _alert.c.opened_at < until)
        yield from self._stream(query, _alert.c.opened_at, None, {rule})

    def find_timezone(self, area: AreaId | None = None) -> str:
        """Find the time zone of most homes; UTC where there are none."""
        many = func.count()
        query = select(_home.c.timezone).group_by(_home.c.timezone).order_by(many.desc(), _home.c.timezone).limit(1)
        query = narrow(query.where(_home.c.retired_at.is_(None)), _home.c.area, self._scope)
        return self._connection.scalar(_in_area(query, _home.c.area, area)) or "UTC"

    def read_area_names(self, area: AreaId | None = None) -> dict[str, str]:
        """Read the names of areas, those that are retired too."""
        query = narrow(select(_area.c.id, _area.c.name), _area.c.id, self._scope)
        return {row.id: row.name for row in self._connection.execute(_in_area(query, _area.c.id, area))}

    def read_surroundings(self, span: tuple[int, int], area: AreaId | None = None) -> Surroundings:
        """Read who was watched in the span, the areas, and the shifts of desks."""
        residents, time = self._count_residents(span, area)
        return Surroundings(
            timezone=self.find_timezone(area),
            residents=residents,
            resident_ms=time,
            lines=self._read_lines(),
            shown=frozenset(self.read_area_names(area)),
            shifts=self._list_shifts(span),
            responders=self._find_responders(),
            orders=self._providers.list_orders(span, area),
            providers=self._providers.find_records(span, area),
            follow_ups=self._providers.count_follow_ups(span, area),
        )

    def _stream(
        self, query: Select[Any], order: Column[Any], since: int | None, firing_of: AbstractSet[str] | None
    ) -> Iterator[AlertCourse]:
        """Stream alerts by the time in `order`, from `since` (epoch ms) on."""
        query = query.order_by(order, _alert.c.id).limit(CHUNK)
        # Of a further page `since` is left out: SQLite would begin each page there, and come past all that was read before.
        first = query if since is None else query.where(order >= since)
        page = self._connection.execute(first).mappings().all()
        while page:
            steps, visits, asked = self._read_about(page, firing_of)
            devices = self._find_devices({row["household"] for row in page if row["device"] is None and find_kinds(row["rule"])})
            yield from (
                _make_course(
                    *(row, steps.get(row["id"], ()), visits.get(row["id"]), asked.get(row["id"], "")),
                    _find_models(row, devices.get(row["household"], ())),
                )
                for row in page
            )
            if len(page) < CHUNK:
                return
            last = (page[-1][order.name], page[-1]["id"])
            page = self._connection.execute(query.where(tuple_(order, _alert.c.id) > last)).mappings().all()

    def _read_about(
        self, page: Sequence[RowMapping], firing_of: AbstractSet[str] | None
    ) -> tuple[Mapping[str, Sequence[CourseStep]], Mapping[str, Sequence[int | None]], Mapping[str, str]]:
        """Read the steps of some alerts, who stood at the door when, and which provider was asked first."""
        if firing_of is None:
            ids = [row["id"] for row in page]
            return self._read_steps(ids, _USED_STEPS), self._find_visits(ids), self._providers.find_first(ids)
        ids = [row["id"] for row in page if row["rule"] in firing_of]
        return self._read_steps(ids, FIRING_STEPS) if ids else {}, {}, {}

    def _read_steps(self, alerts: Sequence[str], kinds: AbstractSet[TransitionKind]) -> Mapping[str, Sequence[CourseStep]]:
        columns = (_step.c.alert_id, _step.c.kind, _step.c.at, _step.c.actor, _step.c.reason_code)
        query = select(*columns).where(_step.c.alert_id.in_(alerts), _step.c.kind.in_(sorted(kind.value for kind in kinds)))
        query = narrow(query.order_by(_step.c.alert_id, _step.c.seq), _step.c.alert_id, self._scope)
        found: dict[str, list[CourseStep]] = defaultdict(list)
        for alert, kind, at, actor, code in self._connection.execute(query).all():
            found[alert].append(CourseStep(_KINDS[kind], at, actor, code))
        return found

    def _find_devices(self, households: AbstractSet[str]) -> Mapping[str, Sequence[Witness]]:
        """Find the devices of homes, those that are retired too."""
        columns = (_device.c.household, _device.c.resident, _device.c.kind, _device.c.model, _device.c.retired_at)
        query = select(*columns).where(_device.c.household.in_(households))
        found: dict[str, list[Witness]] = defaultdict(list)
        for household, resident, kind, model, retired_at in self._connection.execute(
            narrow(query, _device.c.household, self._scope)
        ):
            found[household].append(Witness(resident, DeviceKind(kind), model, retired_at))
        return found

    def _find_visits(self, alerts: Sequence[str]) -> Mapping[str, Sequence[int | None]]:
        """Find when somebody stood at the door: for each alert one time for each who was sent and not called off on the way."""
        columns = (_visit.c.alert_id, _visit.c.state, _visit.c.at_door_at, _visit.c.ended_at)
        query = select(*columns).where(_visit.c.alert_id.in_(alerts))
        query = query.where(or_(_visit.c.state.not_in(_CALLED_OFF), _visit.c.at_door_at.is_not(None)))
        found: dict[str, list[int | None]] = defaultdict(list)
        for alert, state, at, ended_at in self._connection.execute(narrow(query, _visit.c.alert_id, self._scope)):
            # who saw her at once, and did not say before that they are at the door, was there by then
            found[alert].append(ended_at if at is None and state == VisitState.SEEN else at)
        return found

    def _count_residents(self, span: tuple[int, int], area: AreaId | None) -> tuple[int, int]:
        """Count who was registered, and for how long together, ms. When somebody was registered first is not stored."""
        query = select(_resident.c.retired_at, func.count()).join(_home, _home.c.id == _resident.c.household)
        query = query.where(or_(_resident.c.retired_at.is_(None), _resident.c.retired_at > span[0]))
        query = narrow(query.group_by(_resident.c.retired_at), _home.c.area, self._scope)
        until: Counter[int] = Counter()
        for retired_at, many in self._connection.execute(_in_area(query, _home.c.area, area)):
            until[span[1] if retired_at is None else min(retired_at, span[1])] += many
        return until.total(), sum((end - span[0]) * many for end, many in until.items())

    def _read_lines(self) -> dict[str, tuple[str, ...]]:
        """Read each area with those above it, nearest first: the deeper an area lies, the more are above it."""
        lines: dict[str, list[str]] = defaultdict(list)
        for below, above in self._connection.execute(select(_line.c.area, _line.c.above)):
            lines[below].append(above)
        return {below: tuple(sorted(line, key=lambda above: -len(lines[above]))) for below, line in list(lines.items())}

    def _list_shifts(self, span: tuple[int, int]) -> list[DeskShift]:
        columns = (_shift.c.rota, _rota.c.area, _shift.c.name, _shift.c.starts_at, _shift.c.ends_at)
        query = select(*columns).distinct().join(_rota, _rota.c.id == _shift.c.rota)
        query = query.where(_rota.c.kind == ResponderKind.DESK.value, _shift.c.ends_at > span[0], _shift.c.starts_at < span[1])
        return [DeskShift(*row) for row in self._connection.execute(narrow(query, _shift.c.rota, self._scope))]

    def _find_responders(self) -> dict[str, str]:
        query = select(_responder.c.account, _responder.c.id).where(_responder.c.account != "").order_by(_responder.c.id)
        return {row.account: row.id for row in self._connection.execute(narrow(query, _responder.c.id, self._scope))}


def _select_alerts(scope: Scope, area: AreaId | None) -> Select[Any]:
    columns = (
        *(_alert.c.id, _alert.c.opened_at, _alert.c.since, _alert.c.rule, _alert.c.priority_rank, _alert.c.queue),
        *(_alert.c.area, _alert.c.subject_key, _alert.c.household, _alert.c.device, _alert.c.resolved_at, _alert.c.outcome),
        *(_alert.c.resident, _device.c.kind.label("device_kind"), _device.c.model.label("device_model"), _home.c.timezone),
    )
    query = select(*columns).select_from(_alert).outerjoin(_home, _home.c.id == _alert.c.household)
    query = query.outerjoin(_device, _device.c.id == _alert.c.device)
    return _in_area(narrow(query, _alert.c.area, scope), _alert.c.area, area)


def _in_area(query: Select[Any], column: Column[Any], area: AreaId | None) -> Select[Any]:
    return query if area is None else query.where(match_area(column, area))


def _make_course(
    row: RowMapping, steps: Sequence[CourseStep], visits: Sequence[int | None] | None, provider: str, models: tuple[str, ...]
) -> AlertCourse:
    return AlertCourse(
        opened_at=row["opened_at"],
        since=row["since"],
        rule=row["rule"],
        priority=PRIORITY_OF_RANK[row["priority_rank"]],
        queue=Queue(row["queue"]),
        area=row["area"] or "",
        source=_find_source(row),
        subject=row["subject_key"],
        device_kind=row["device_kind"] or "",
        timezone=row["timezone"] or "",
        resolved_at=row["resolved_at"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        steps=tuple(steps),
        is_visited=bool(visits),
        door_at=min((at for at in visits or () if at is not None), default=None),
        provider=provider,
        device_models=models,
    )


def _find_models(row: RowMapping, devices: Sequence[Witness]) -> tuple[str, ...]:
    """Find the models on whose word an alert opened: that of the device that it names, else those that it was judged by."""
    if row["device"] is None:
        return find_models(row["rule"], row["resident"], row["opened_at"], devices)
    return () if row["device_model"] is None else (row["device_model"],)


def _find_source(row: RowMapping) -> str:
    """Where an alert came from, without the person."""
    if row["device"] or not row["household"]:
        return str(row["subject_key"])
    return f"household:{row['household']}"
