"""A city of two districts with something of everybody in every table, and every way to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from sqlalchemy import text

from homebeat.domain.alert import (
    WAITING,
    Alert,
    Answer,
    Desk,
    Edge,
    Outcome,
    Priority,
    Queue,
    Reason,
    Subject,
    TransitionKind,
    open_alert,
    resolve,
)
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState
from homebeat.domain.complaint import Complaint
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.durations import DAY_MS
from homebeat.domain.event import AlertEvent
from homebeat.domain.fleet import (
    Area,
    Away,
    Channel,
    Contact,
    Device,
    DeviceKind,
    Fleet,
    Household,
    Resident,
    Responder,
    ResponderKind,
)
from homebeat.domain.follow_up import FollowUp, FollowUpState
from homebeat.domain.guide import Guide
from homebeat.domain.held import Held
from homebeat.domain.ids import AlertId, AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId, RotaId
from homebeat.domain.inbound import Extra, Quarantined, QuarantineReason
from homebeat.domain.leave import Leave
from homebeat.domain.metric import Metric
from homebeat.domain.notice import Notice
from homebeat.domain.provider_order import ProviderOrder
from homebeat.domain.response_plan import Deadline, DeadlineKind
from homebeat.domain.role import Field
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.search_terms import read_question
from homebeat.domain.service_hours import HoursCorrection, ServiceEntry
from homebeat.domain.visit import assign_visit
from homebeat.store import (
    AlertFilter,
    AlertOrder,
    Attempt,
    DeviceFilter,
    DeviceState,
    HomeChange,
    LearnedProfile,
    MessageLink,
    ReadSession,
    ResidentState,
    ShiftFeed,
    Store,
    Suppression,
    UnitOfWork,
    Usual,
)
from homebeat.store.alert.closings import EndedByClosing
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.duty.values import ClosedCase
from homebeat.stream.batch import Batch
from tests.contract.store.city_choices import add_silences, find_setting_changes, find_silences, set_rules
from tests.contract.store.city_messages import MESSAGE_READS, make_aside, make_last_message

T0: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
#: Each area with the one above it. Nobody lives in `empty`.
TREE: Final = {
    "city": None,
    "north": "city",
    "south": "city",
    "lane": "north",
    "yard": "north",
    "hill": "south",
    "empty": "south",
}
HOMES: Final = ("lane.1", "lane.2", "yard.1", "hill.1", "hill.2")
BAND: Final = DeviceId("nobodys-band")
CALL: Final = b'{"alarm": "sos", "lat": 31.2}'
_USUAL: Final = Usual(370, 440, 27, 30, 18.5, 1.5, (480,) * 48, (60,) * 48, (0,) * 48)


def find_area(item: str) -> str:
    """The area of a home, resident, contact or device of this city, by its id; empty for what lies in none."""
    return item.split(".", maxsplit=1)[0] if "." in item else ""


def find_line(area: str) -> list[AreaId]:
    """An area with every area above it."""
    up = TREE.get(area)
    return [] if not area else [AreaId(area), *(find_line(up) if up else ())]


def make_fleet() -> Fleet:
    areas = tuple(Area(AreaId(name), name.title(), AreaId(up) if up else None) for name, up in TREE.items())
    return Fleet(areas, tuple(_make_home(name) for name in HOMES), tuple(map(_make_responder, ("lane", "yard", "hill"))))


def _make_responder(area: str) -> Responder:
    ways = (Channel("webhook", {"url": "https://example.org/grid"}),)
    who = ResponderId(f"{area}.walker")
    return Responder(who, f"Walker of {area}", ResponderKind.FIELD, (AreaId(area),), channels=ways, account=who)


def _make_home(name: str) -> Household:
    who = ResidentId(f"{name}-r")
    return Household(
        HouseholdId(name),
        AreaId(find_area(name)),
        "Asia/Shanghai",
        f"{name} road",
        (Resident(who, f"Resident of {name}", 1940, "100"),),
        (Contact(ContactId(f"{name}/0"), "Child", "child", (Channel("webhook", {"url": "https://example.org/hook"}),)),),
        (Device(DeviceId(f"{name}-meter"), DeviceKind.WATER_METER), Device(DeviceId(f"{name}-band"), DeviceKind.WRISTBAND, who)),
        (Away(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC), "visit"),),
    )


def make_edge(subject: Subject, rule: str, *, at: int = T0, digest: bool = False) -> Edge:
    return Edge(
        at, rule, subject, TransitionKind.OPENED, Priority.CRITICAL, Desk.CARE, at, Reason(rule, {"quiet_s": 1.5}), at, digest
    )


def settle(store: Store) -> None:
    """Lay the city down."""
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(), T0)
        numbers = np.array(list(tx.fleet.read_device_nos().values()), np.int32)
        rows = list(range(len(numbers)))
        batch = Batch.of(
            rows, [Metric.VOLUME_M3] * len(rows), [T0] * len(rows), [T0] * len(rows), [1.0] * len(rows), [0] * len(rows)
        )
        tx.readings.append(batch, numbers)
        alerts = AlertWrites(tx)
        for name in HOMES:
            subject = Subject(HouseholdId(name), ResidentId(f"{name}-r"))
            standing, opened = open_alert(make_edge(subject, "sos"))
            slow, began = open_alert(make_edge(subject, "steps_drift", digest=True))
            older, first = open_alert(make_edge(subject, "no_water", at=T0 - 50))
            closed, closing = resolve(older, T0 - 5, "user:ann", Outcome.FINE)
            alerts.apply_all([(standing, opened), (slow, began), (older, first), (closed, closing)])
            visit = assign_visit(standing.id, "contact:/wang", "user:ann", Priority.HIGH, T0)
            tx.visits.put(visit, T0)
            tx.photos.add(visit, HouseholdId(name), b"the door", T0)
            tx.providers.enter_orders([ProviderOrder(ResponderId(f"{find_area(name)}.walker"), standing.id, T0)])
            tx.deadlines.follow({standing.id: Deadline(DeadlineKind.STEP, T0 + 9, "everybody")}, T0)
            tx.door_codes.renew(HouseholdId(name), "user:ann", T0)
            tx.home_changes.add(HomeChange(HouseholdId(name), T0, "user:ann", "change_home", 1, "moved"))
            tx.follow_ups.put(FollowUp(closed.id, T0, T0 + 9, asked_at=T0, asked=1))
            tx.closings.keep(closed.id, EndedByClosing(T0 - 5))
            alerts.suppress([(standing.id, Suppression("silenced", TransitionKind.OPENED, T0, T0, "silenced"))])
            contact = ContactId(f"{name}/0")
            notice = Notice(standing.id, contact, "webhook", 0, "alert.opened", T0, {"alert_id": standing.id}, opened.key)
            tx.outbox.add([notice, replace(notice, cause=closing.key, alert_id=closed.id)], T0)
            tx.message_links.add([MessageLink(f"link to {name}".ljust(64), notice.id, contact, T0, T0 + 9)])
            tx.extras.add([Extra(f"{name}-band", "mood", T0, T0, "good")])
            tx.last_messages.put([make_last_message(name)])
            tx.quarantine.add([make_aside(name)])
            who = ResidentId(f"{name}-r")
            tx.states.put(
                [ResidentState(who, "quiet", T0, T0, T0, False, T0)], [DeviceState(DeviceId(f"{name}-band"), T0, 50.0, False, T0)]
            )
            tx.learned.put([LearnedProfile(who, T0, 9.0, 1.0, 0.5, True, None, (60,) * 48, (), _USUAL, ())])
            tx.learned.choose(who, 0.5, "user:ann", T0)
            tx.glass.add("user:ann", HouseholdId(name), f"she called from {name}", T0, T0 + 9)
            add_silences(tx, name, T0)
            tx.held.name_homes(standing.id, [HouseholdId(name)])
            tx.held.put([Held(make_edge(subject, "device_silent"), T0, cause=standing.id)])
            about = AreaId(find_area(name)), HouseholdId(name), standing.id, ResponderId(f"{find_area(name)}.walker")
            tx.complaints.add(Complaint(0, *about, f"{name} nobody came", "user:ann", T0))
            tx.consents.add(ConsentDecision(who, Purpose.WATER, False, date(2026, 1, 2), f"paper of {name}", "user:ann", T0))
            tx.spans.disregard(closed.id, [who], (T0 - 50, T0 - 5), Outcome.AWAY, T0)
        tx.connection.execute(text("INSERT INTO search_pending (household) SELECT id FROM household"))
        for area in ("lane", "yard", "hill"):
            _set_duty(tx, area)
        alerts.apply(*open_alert(make_edge(Subject(device=BAND), "unregistered_alarm")))
        alerts.apply(*open_alert(make_edge(Subject(service="broker-session"), "session_lost")))
        alerts.apply(*open_alert(make_edge(Subject(area=AreaId("north")), "area_outage")))
        tx.quarantine.add([Quarantined(f"homebeat/v1/{BAND}/readings", CALL, T0, QuarantineReason.UNKNOWN_DEVICE, "spo2 71")])
        for leased in tx.outbox.claim(T0 + 1, "one", 100, 1_000):
            tx.outbox.settle(leased.id, "one", Attempt(T0, 1, ok=False, next_due_at=T0 + 9))


def name_alert(alert: Alert) -> str:
    """A name for an alert that says where it lies."""
    about = alert.subject
    return f"{about.household or (f'{about.area}.' if about.area else about.key)}:{alert.rule}"


def _name_alerts(reader: ReadSession, where: AlertFilter) -> Iterator[str]:
    cursor = None
    while True:
        page = reader.alerts.read_page(where, 2, cursor)
        yield from (name_alert(entry.alert) for entry in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _find_all_alerts(reader: ReadSession, ids: Iterable[AlertId]) -> Iterator[str]:
    for alert_id in ids:
        detail = reader.alerts.get(alert_id)
        if detail is not None:
            name = name_alert(detail.entry.alert)
            yield name
            yield from (f"{name}:{step.kind}" for step in detail.history)
            yield from (f"{name}:held:{held.stage}" for held in detail.suppressed)


def _find_follow_ups(reader: ReadSession) -> Iterator[ClosedCase]:
    page = reader.follow_ups.read_page(FollowUpState.WAITING)
    assert all(reader.follow_ups.find(one.alert_id) == one for one in page.items)
    yield from reader.follow_ups.find_cases([one.alert_id for one in page.items]).values()


def _name_deliveries(reader: ReadSession) -> Iterator[str]:
    cursor = None
    while True:
        page = reader.outbox.list_deliveries(2, cursor)
        yield from (entry.contact for entry in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _name_homes(reader: ReadSession) -> Iterator[str]:
    cursor = None
    while True:
        page = reader.homes.list_households(1, cursor)
        for home in page.items:
            yield home.household
            yield f"{home.household} has {home.open_alerts}"
            yield from (entry.resident.id for entry in home.residents)
        cursor = page.next_cursor
        if cursor is None:
            return


def _search(reader: ReadSession) -> Iterator[str]:
    page = reader.search.find_page(read_question("resident 100"), {Field.NAME: EVERYTHING, Field.PHONE: EVERYTHING})
    yield from (one.resident for one in page.items)
    yield from (who for home in HOMES for who in (one.resident for one in reader.search.find_page(read_question(home), {}).items))


def _find_homes(reader: ReadSession) -> Iterator[str]:
    for name in HOMES:
        home = reader.homes.find_household(HouseholdId(name))
        if home is not None:
            yield name
            yield from (contact.id for contact in home.contacts)
            yield from (device.device.id for device in home.devices)
            yield from (f"{name} away {away.reason}" for away in home.away)
        resident = reader.homes.find_resident(ResidentId(f"{name}-r"))
        if resident is not None:
            yield resident.resident.id


def _find_devices(reader: ReadSession) -> Iterator[str]:
    for name in HOMES:
        device = DeviceId(f"{name}-meter")
        entry = reader.homes.find_device(device)
        if entry is not None:
            yield from (device, *(f"{device} {reading.metric}" for reading in entry.latest))
        yield from (f"{device} page {one.value}" for one in reader.readings.read_page(device, Metric.VOLUME_M3, 0, T0 + 1).items)
        yield from (f"{device} column" for _ in reader.readings.read_columns(device, Metric.VOLUME_M3, 0, T0 + 1)[0])


def _find_learned(reader: ReadSession) -> Iterator[str]:
    for name in HOMES:
        who = ResidentId(f"{name}-r")
        if reader.learned.find_profile(who) is not None:
            yield f"{who} profile"
        yield from (f"{who} chose {choice.chosen}" for choice in reader.learned.list_choices(who))
        yield from (f"{who} left out" for _ in reader.learned.list_disregarded(who))


def _find_consents(reader: ReadSession) -> Iterator[str]:
    for name in HOMES:
        yield from (one.paper.removeprefix("paper of ") for one in reader.consents.list_decisions(ResidentId(f"{name}-r")))
    for home, by in reader.consents.find_withdrawn(map(HouseholdId, HOMES)).items():
        yield from (f"{who} {sorted(purposes)} {home}" for who, purposes in by.items())


def _find_family_links(reader: ReadSession) -> Iterator[str]:
    for name in HOMES:
        found = reader.message_links.find(f"link to {name}".ljust(64))
        if found is not None:
            yield f"{found.subject.household} {found.link.contact}"
        yield from (f"{who} agreed {agreed}" for who, agreed in reader.consents.find_family_values(HouseholdId(name)).items())
    yield from reader.message_links.count_valid([ContactId(f"{name}/0") for name in HOMES], T0)


def _find_deadlines(reader: ReadSession) -> Iterator[str]:
    standing = {home: make_edge(Subject(HouseholdId(home), ResidentId(f"{home}-r")), "sos").alert_id for home in HOMES}
    found = reader.deadlines.find(standing.values())
    yield from (f"{home} {found[alert].plan}" for home, alert in standing.items() if alert in found)
    names = {alert: home for home, alert in standing.items()}
    visits = reader.visits.list_of(names)
    yield from (f"{names[visit.alert_id]} visited" for visit in visits)
    yield from (f"{names[one.alert_id]} again" for visit in visits if (one := reader.visits.find(visit.id)) is not None)
    for photo in reader.photos.list_of(names):
        home = names[photo.alert_id]
        yield f"{home} photographed {reader.photos.open(photo.alert_id, photo.id, HouseholdId(home))!r}"


def _load_fleet(reader: ReadSession) -> Iterator[str]:
    fleet = reader.fleet.load()
    yield from (f"{area.id}." for area in fleet.areas)
    yield from (one.id for one in fleet.responders)
    for home in fleet.households:
        yield from (home.id, *(resident.id for resident in home.residents), *(contact.id for contact in home.contacts))
        yield from (*(device.id for device in home.devices), *(f"{home.id} {away.reason}" for away in home.away))


def _name_event(event: AlertEvent) -> str:
    if event.household is None and event.area is not None:
        return f"{event.area}."
    return event.household or event.rule


def _find_sharing(reader: ReadSession) -> Iterator[str]:
    for entry in reader.alerts.read_page(AlertFilter(is_open=True), 200).items:
        for one in reader.held.list_homes(entry.alert.id, 10):
            yield from (f"{one.household} {rule}" for rule in (*one.waiting, *one.own))


def _set_duty(tx: UnitOfWork, area: str) -> None:
    """A rota of this area with one shift that its walker has, a change, a leave, a feed and a hand-over."""
    who, ident = ResponderId(f"{area}.walker"), RotaId(f"{area}.rota")
    always = ShiftPattern(f"{area}.day", DutyHours(EVERY_DAY, 0, 1440), (who,))
    rota = Rota(ident, AreaId(area), ResponderKind.FIELD, "Asia/Shanghai", date(2026, 1, 1), (always,))
    set_rules(tx, area, T0)
    tx.guides.put(Guide(AreaId(area), "sos", "en", f"{area}. look", "", 1, T0, "user:ann"))
    tx.rotas.set_all([*(entry.rota for entry in tx.rotas.list_rotas()), rota], "user:ann", T0)
    tx.rotas.refresh({ident: rota}, T0)
    tx.rotas.change_shift(ident, (date(2026, 1, 2), always.name), who, "given", "user:ann", T0)
    tx.rotas.add_leave(Leave(who, T0 + 1, T0 + 2), "user:ann", T0)
    tx.shift_feeds.add(ShiftFeed(f"{area}.feed", "", who, "user:ann", T0))
    tx.hand_overs.add(AreaId(area), "user:ann", f"user:{area}.bo", "user:ann", T0)
    tx.volunteers.enter([ServiceEntry(f"{area}.visit", who, T0, T0 + 9)])
    tx.volunteers.correct(HoursCorrection(who, "2026-01", 5, f"{area}. said so", "user:ann", T0))
    tx.providers.change_circuit(
        Circuit(who, CircuitState.OPEN, CircuitCause.DECISION, T0, "user:ann", 1, reason=f"{area}. said so")
    )


def _find_duty(reader: ReadSession) -> Iterator[str]:
    yield from (entry.rota.id for entry in reader.rotas.list_rotas())
    yield from (shift.responder for shift in reader.rotas.list_shifts(T0, T0 + 1))
    yield from reader.rotas.find_changes()
    for place, duty in reader.rotas.find_duty(map(AreaId, ("lane", "yard", "hill")), T0).items():
        yield from (f"{place}. {one.responder}" for one in (*duty.now, *duty.next))
    yield from (one.leave.who for one in reader.rotas.list_leaves(T0))
    yield from (one.accepting.removeprefix("user:") for one in reader.hand_overs.list_since(T0 - 1))
    for area in TREE:
        feed = reader.shift_feeds.find(f"{area}.feed")
        yield from (one.id for one in reader.shift_feeds.list_valid(ResponderId(f"{area}.walker")))
        if feed is not None:
            yield feed.id


def _find_responders(reader: ReadSession) -> Iterator[str]:
    for home, found in reader.duty.find_responders(map(HouseholdId, HOMES)).items():
        yield from (f"{home} {one.responder}" for one in found)
    for rows in reader.duty.find_covering(map(AreaId, TREE)).values():
        yield from (row["id"] for row in rows)
    yield from reader.duty.find_accounts(f"{area}.walker" for area in TREE).values()
    yield from reader.duty.find_opened(one.id for one in reader.duty.list_responders(with_retired=True))


def _find_volunteers(reader: ReadSession) -> Iterator[str]:
    yield from (one.visit for one in reader.volunteers.list_entries((T0, T0 + 1)))
    yield from (one.reason for one in reader.volunteers.list_corrections("2026-01", "2026-01"))
    yield from (who for who, _, _ in reader.duty.list_certified())
    yield from (one.volunteer for one in reader.volunteers.list_volunteers())


def _find_providers(reader: ReadSession) -> Iterator[str]:
    walkers = [ResponderId(f"{area}.walker") for area in TREE]
    yield from reader.providers.find_circuits(walkers)
    for walker in walkers:
        yield from (one.reason for one in reader.providers.list_steps(walker))
        yield from (f"{walker} asked" for one in reader.providers.list_orders(walker, T0, 9))


def _name_source(source: str) -> str:
    kind, _, name = source.partition(":")
    return f"{name}." if kind == "area" else name


_OPEN: Final = AlertFilter(is_open=True, queues=WAITING)

#: Every way to read rows: each gives texts that begin with the home or area that they are about.
READS: Final[dict[str, Callable[[ReadSession], Iterator[str]]]] = {
    "readings in order": lambda r: (one.device for one in r.readings.read_after(0, 10_000, 10_000)),
    "alerts that wait": lambda r: _name_alerts(r, _OPEN),
    "alerts nobody has taken": lambda r: _name_alerts(r, replace(_OPEN, is_open=None, answer=Answer.UNACKNOWLEDGED)),
    "alerts of a priority": lambda r: _name_alerts(r, replace(_OPEN, priority=Priority.CRITICAL)),
    "alerts by time": lambda r: _name_alerts(r, AlertFilter(order=AlertOrder.NEWEST)),
    "alerts as evidence": lambda r: (
        _name_source(course.source) for course in r.evidence.stream_courses((T0 - DAY_MS, T0 + DAY_MS))
    ),
    "alerts resolved": lambda r: _name_alerts(r, AlertFilter(is_open=False)),
    "alerts in the digest": lambda r: _name_alerts(r, AlertFilter(queues=frozenset({Queue.DIGEST}))),
    "alerts of a rule": lambda r: _name_alerts(r, AlertFilter(rule="sos")),
    "alerts of homes": lambda r: (name for home in HOMES for name in _name_alerts(r, AlertFilter(household=HouseholdId(home)))),
    "alerts of people": lambda r: (
        name for home in HOMES for name in _name_alerts(r, AlertFilter(resident=ResidentId(f"{home}-r")))
    ),
    "deliveries": _name_deliveries,
    "areas": lambda r: (f"{area.id}." for area in r.homes.list_areas()),
    "residents": lambda r: (f"{e.resident.id} {e.open_alerts} {e.area_name}" for e in r.homes.list_residents().items),
    "residents who are looked for": _search,
    "households": _name_homes,
    "devices": lambda r: (f"{e.device.id} {e.state is None}" for e in r.homes.list_devices().items),
    "devices of homes": lambda r: (
        e.device.id for home in HOMES for e in r.homes.list_devices(where=DeviceFilter(HouseholdId(home))).items
    ),
    "homes one by one": _find_homes,
    "devices one by one": _find_devices,
    "what was learned": _find_learned,
    "consent": _find_consents,
    "family links": _find_family_links,
    "deadlines": _find_deadlines,
    "places of homes": lambda r: iter(r.fleet.find_places(map(HouseholdId, HOMES))),
    "the fleet": _load_fleet,
    "contacts": lambda r: (contact.id for contact in r.fleet.iterate_contacts(with_retired=True)),
    "contacts of homes": lambda r: (c.id for found in r.fleet.find_contacts(map(HouseholdId, HOMES)).values() for c in found),
    "recipients": lambda r: (who for ways in r.fleet.find_recipients(map(HouseholdId, HOMES)).values() for who, *_ in ways),
    "responders": _find_responders,
    "duty": _find_duty,
    "events": lambda r: (_name_event(event) for event in r.events.read_after(0, 1_000, 1_000)),
    "guides": lambda r: (
        one.text
        for one in r.guides.list_all()
        if r.guides.find(*(key := (one.area, one.rule, one.language))) == one == r.guides.choose([key[0]], *key[1:])
    ),
    "setting changes": find_setting_changes,
    "silences": find_silences,
    "providers": _find_providers,
    "complaints": lambda r: (
        one.what for page in [r.complaints.read_page()] for one in page.items if r.complaints.find(one.id) == one
    ),
    "follow-ups": lambda r: (f"{case.household} followed up" for case in _find_follow_ups(r)),
    "homes that were asked": lambda r: iter(r.follow_ups.find_asked_homes(map(HouseholdId, HOMES), 0)),
    "volunteers": _find_volunteers,
    "sharing": _find_sharing,
    "the fleet without people": lambda r: (home.id for home in r.fleet.load(with_people=False).households),
    "device numbers": lambda r: iter(r.fleet.read_device_nos()),
    **MESSAGE_READS,
    "quarantine": lambda r: (e.topic.split("/")[2] for e in r.quarantine.read_page().items),
    "quarantine not tried again": lambda r: (e.topic.split("/")[2] for e in r.quarantine.list_unretried()),
    "quarantine one by one": lambda r: (e.topic.split("/")[2] for n in range(1, 9) if (e := r.quarantine.get(n)) is not None),
    "quarantine by arrival": lambda r: (
        e.topic.split("/")[2]
        for device in (*(f"{home}-band" for home in HOMES), BAND)
        if (e := r.quarantine.find_received(T0, device)) is not None
    ),
}


def name_alerts(store: Store) -> dict[str, str]:
    """The name of every alert, by its id."""
    with store.read(EVERYTHING) as reader:
        found = reader.alerts.read_page(AlertFilter(), 100).items
    return {entry.alert.id: name_alert(entry.alert) for entry in found}


def read_all(reader: ReadSession, names: dict[str, str]) -> dict[str, list[str]]:
    """Read in every way; the texts of each, in order."""
    found = {name: sorted(read(reader)) for name, read in READS.items()}
    found["alerts one by one"] = sorted(_find_all_alerts(reader, map(AlertId, names)))
    found["changes"] = sorted(names.get(change.ref, change.ref) for change in reader.changes.read_after(0))
    return found
