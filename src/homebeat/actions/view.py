"""What somebody sees of homes and people. All personal fields pass here on their way to a page, the API or a stream.

`open_view` reads in the scope of whoever asks. What it gives has a mask wherever the table (`domain.role`) does not show a field
to them, and not now: a text is `Illegible.HIDDEN`, a list is empty, and the field stands in `hidden`. What a resident withdrew
consent to is shown to nobody. What was shown of how to reach somebody, of vital signs and of water goes on record before the
block ends, so before the answer leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from homebeat.actions.look import Look, name_objects, show_with_record
from homebeat.actions.masks import mask_alert, mask_resident, mask_text
from homebeat.actions.merged_readings import merge_readings
from homebeat.actions.standing import Standings
from homebeat.actions.withdrawn import Withdrawn
from homebeat.domain.alert import WAITING, Answer
from homebeat.domain.consent import ConsentDecision
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.personal import Illegible
from homebeat.domain.principal import Principal
from homebeat.domain.role import Field, Operation, Relation, find_metric_field
from homebeat.domain.silence import Silence
from homebeat.store import (
    AlertDetail,
    AlertEntry,
    AlertFilter,
    BrokenGlass,
    DeviceEntry,
    HourUse,
    HouseholdDetail,
    HouseholdEntry,
    Page,
    QuarantineEntry,
    ReadingBin,
    ReadingEntry,
    ReadSession,
    ResidentEntry,
    Step,
    Store,
)

_ON_RECORD: Final = frozenset({Field.ADDRESS, Field.PHONE, Field.CONTACTS, Field.VITALS, Field.WATER, Field.HABITS, Field.NOTES})
_MEASURED: Final = (Field.WATER, Field.VITALS)
_OF_A_HOME: Final = (Field.CONTACTS, Field.PHONE, Field.HABITS, *_MEASURED)
_NOBODY: Final[frozenset[AreaId]] = frozenset()
_EVERY: Final = AlertFilter()


class View:
    """Reads for one person or key; see the module.

    Args:
        reader: In the scope of whoever asks. What is not personal may be read from it as it is.
        principal: Who asks.
        now: By the database's clock, epoch ms.
    """

    def __init__(self, reader: ReadSession, principal: Principal, now: int) -> None:
        self.reader: Final = reader
        self.principal: Final = principal
        self.now: Final = now
        self.looks: Final[list[Look]] = []
        self._areas: Final[dict[HouseholdId, AreaId | None]] = {}
        self._withdrawn: Final = Withdrawn(reader)
        self._standings: Final = Standings(reader, principal, now, self._withdrawn)

    def read_alerts(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[AlertEntry]:
        """Read a page of alerts, as `AlertQueries.read_page`."""
        page = self.reader.alerts.read_page(where, limit, cursor)
        return Page(self.show_alerts(page.items), page.next_cursor)

    def show_alerts(self, entries: Sequence[AlertEntry]) -> tuple[AlertEntry, ...]:
        """Show alerts that were read in the scope of this person."""
        self.find_standings(entries)
        return tuple(map(self._mask_alert, entries))

    def find_standings(self, entries: Iterable[AlertEntry]) -> None:
        """Find how the homes of alerts stand to them, all at once: needed for what `sees_of_alert` is asked about."""
        self._standings.find(entry.place for entry in entries)

    def note_addresses(self, what: str, entries: Iterable[AlertEntry]) -> None:
        """Note that a list shows addresses of alerts: one row for the page."""
        if any(entry.address and Field.ADDRESS not in entry.hidden for entry in entries):
            self.note(what, {Field.ADDRESS})

    def note_remarks(self, about: str, texts: Iterable[str]) -> None:
        """Note that what people wrote is shown, unless all of it is empty or hidden."""
        self.note(about, {Field.NOTES} if set(texts) - {"", Illegible.HIDDEN} else ())

    def get_alert(self, alert_id: AlertId) -> AlertDetail | None:
        """Get one alert with its history; None where there is none. Of the notes, everybody sees their own."""
        detail = self.reader.alerts.get(alert_id)
        if detail is None:
            return None
        self._standings.find([detail.entry.place])
        entry, history = self._mask_alert(detail.entry), detail.history
        if not self._sees_notes(detail.entry):
            history = tuple(map(self._mask_step, history))
            entry = replace(entry, hidden=entry.hidden | {Field.NOTES})
        self.note_remarks(f"alert:{alert_id}", (step.note for step in history if step.actor != str(self.principal.actor)))
        return replace(detail, entry=entry, history=history)

    def show_residents(self, entries: Sequence[ResidentEntry]) -> tuple[ResidentEntry, ...]:
        """Show a list of residents that was read in the scope of this person."""
        self._standings.find((entry.household, entry.area) for entry in entries)
        shown = tuple(map(self._mask_resident, entries))
        self._note_list("residents", (one.hidden for one in shown))
        return shown

    def find_resident(self, resident: ResidentId, *, is_shown: bool = True) -> ResidentEntry | None:
        """Find one resident, also a retired one. Where nothing of how to reach them is going to be shown, it is no look."""
        found = self.reader.homes.find_resident(resident)
        if found is None:
            return None
        self._standings.find([(found.household, found.area)])
        shown = self._mask_resident(found)
        if is_shown:
            self.note(f"resident:{resident}", {Field.ADDRESS, Field.PHONE} - shown.hidden)
            self.note_remarks(f"resident:{resident}", [shown.resident.notes])
        return shown

    def sees(self, field: Field, entry: ResidentEntry) -> bool:
        """Whether they see a field of a resident that this view has found."""
        return self._sees(field, entry.household, entry.area)

    def sees_of_alert(self, field: Field, entry: AlertEntry) -> bool:
        """Whether they see a field of the home of an alert that this view has found, or `find_standings` has."""
        return self._sees(field, *entry.place)

    def may_open(self, fields: Iterable[Field], household: HouseholdId, area: AreaId) -> bool:
        """Whether breaking the glass of a home that this view has found would show them one of these fields."""
        return self.principal.may_open(fields, self._standings.get_line(household, area))

    def find_contacts(self, entry: ResidentEntry) -> tuple[Contact, ...]:
        """Find the contacts of a resident's home, in call order; none where they are hidden."""
        found = self.reader.fleet.find_contacts([entry.household]).get(entry.household, [])
        return self._mask_contacts(found, entry.household, entry.area, [entry])

    def list_decisions(self, entry: ResidentEntry) -> tuple[ConsentDecision, ...]:
        """List what a resident agreed to or withdrew, the newest first; where the papers are is shown like a remark."""
        found = self.reader.consents.list_decisions(entry.resident.id)
        if not self._sees(Field.NOTES, entry.household, entry.area):
            found = tuple(replace(one, paper=mask_text(one.paper)) for one in found)
        self.note_remarks(f"resident:{entry.resident.id}", (one.paper for one in found))
        return found

    def list_households(self, limit: int = 50, cursor: str | None = None, area: AreaId | None = None) -> Page[HouseholdEntry]:
        """List homes, as `HomeQueries.list_households`."""
        page = self.reader.homes.list_households(limit, cursor, area)
        self._standings.find((entry.household, entry.area) for entry in page.items)
        shown = tuple(map(self._mask_household, page.items))
        hidden = [home.hidden | {Field.PHONE} for home in shown] + [one.hidden for home in shown for one in home.residents]
        self._note_list("households", hidden)
        return Page(shown, page.next_cursor)

    def find_households(self, what: str, households: Iterable[HouseholdId]) -> dict[HouseholdId, HouseholdEntry]:
        """Find these homes, as `HomeQueries.find_households`; `what` names the list on record."""
        found = self.reader.homes.find_households(households)
        self._standings.find((home.household, home.area) for home in found)
        shown = {home.household: self._mask_household(home) for home in found}
        hidden = [home.hidden | {Field.PHONE} for home in shown.values()]
        self._note_list(what, hidden + [one.hidden for home in shown.values() for one in home.residents])
        return shown

    def find_household(self, household: HouseholdId, resident: ResidentId | None = None) -> HouseholdDetail | None:
        """Find one home with everything in it and the latest readings of its devices, also a retired one.

        With `resident` the other residents are left out.
        """
        found = self.reader.homes.find_household(household)
        if found is None:
            return None
        self._areas[household], whole = (area := found.entry.area), found.entry
        self._standings.find([(household, area)])
        entry = self._mask_household(
            replace(whole, residents=tuple(one for one in whole.residents if resident in {None, one.resident.id}))
        )
        for one in entry.residents:
            self.note(f"resident:{one.resident.id}", {Field.ADDRESS, Field.PHONE} - one.hidden)
            self.note_remarks(f"resident:{one.resident.id}", [one.resident.notes])
        if not entry.residents:
            self.note(f"household:{household}", {Field.ADDRESS} - entry.hidden)
        hidden = entry.hidden | {field for field in _OF_A_HOME if not self._sees(field, household, area)}
        away = () if Field.HABITS in hidden else found.away
        for about in name_objects(household, entry.residents) if away else ():
            self.note(about, {Field.HABITS})
        if Field.ADDRESS in hidden:  # where they are is as good as where they live
            away = tuple(replace(one, reason=mask_text(one.reason)) for one in away)
        return HouseholdDetail(
            replace(entry, hidden=hidden),
            self._mask_contacts(found.contacts, household, area, entry.residents),
            tuple(replace(one, latest=self._read_latest(one)) for one in found.devices),
            away,
            self._withdrawn.list_fields(household),
            mask_text(found.access) if Field.ADDRESS in hidden else found.access,
        )

    def find_device(self, device: DeviceId, *, with_latest: bool = True) -> DeviceEntry | None:
        """Find one device, also a retired one; with the last reading of each metric that is shown."""
        found = self.reader.homes.find_device(device)
        return found and replace(found, latest=self._read_latest(found) if with_latest else ())

    def read_readings(
        self, entry: DeviceEntry, metric: Metric | None, start: int, end: int, limit: int = 200, cursor: str | None = None
    ) -> Page[ReadingEntry]:
        """Read readings of a device, oldest first: of one metric, or of all that are shown.

        What lies further back than the role sees is left out.

        Args:
            entry: The device.
            metric: None for all of them; then the cursor is `observed_at.metric` of the last one.
            start: Observed at or after, epoch ms.
            end: Observed before.
            limit: Most entries of the page.
            cursor: Goes on after a page.

        Raises:
            NotPermitted: None of what is asked for is shown to them, or not now, or consent to it was withdrawn.
            BadCursor: The cursor is not one of ours.
        """
        area = self._find_area(entry.household)
        wanted = [metric] if metric is not None else list(Metric)
        starts = {one: begins for one in wanted if (begins := self._find_start(one, entry, area)) is not None}
        if metric is not None and metric not in starts:
            if find_metric_field(metric) in self._withdrawn.list_fields(entry.household, entry.device.resident):
                raise NotPermitted("nobody is shown this: consent to it was withdrawn, see `withdrawn` of the household")
            raise NotPermitted("your role does not show this of this home, or not now: see `hidden` of the household")
        if metric is not None:
            page = self.reader.readings.read_page(entry.device.id, metric, max(start, starts[metric]), end, limit, cursor)
        else:
            starts = {one: max(start, begins) for one, begins in starts.items()}
            page = merge_readings(self.reader, entry.device.id, starts, end, limit, cursor)
        self._note_metrics(entry, (one.metric for one in page.items))
        return page

    def read_bins(self, entry: DeviceEntry, metric: Metric, start: int, end: int, width_ms: int) -> list[ReadingBin]:
        """As `ReadingQueries.read_bins`, from when on the metric is shown to them; nothing where it never is."""
        begins = self._find_start(metric, entry, self._find_area(entry.household))
        if begins is not None:  # whole spans from `start` on
            start += -(-max(0, begins - start) // width_ms) * width_ms
        found = [] if begins is None else self.reader.readings.read_bins(entry.device.id, metric, start, end, width_ms)
        self._note_metrics(entry, [metric] if found else ())
        return found

    def read_glass(self, limit: int = 50, cursor: str | None = None, *, only_unseen: bool = False) -> Page[BrokenGlass]:
        """Read a page of who has broken the glass, as `GlassQueries.read_page`; a reason is shown like a remark."""
        page = self.reader.glass.read_page(limit, cursor, only_unseen=only_unseen)
        areas = self.reader.homes.find_areas(entry.household for entry in page.items)
        self._standings.find((entry.household, areas.get(entry.household)) for entry in page.items)
        shown = tuple(self._mask_glass(entry, areas.get(entry.household)) for entry in page.items)
        self.note_remarks("glass", (entry.reason for entry in shown))
        return Page(shown, page.next_cursor)

    def read_silences(self, now: int, limit: int = 50, cursor: str | None = None, *, only_active: bool = True) -> Page[Silence]:
        """Read a page of silences, as `SilenceQueries.read_page`; a reason is shown like a remark."""
        page = self.reader.silences.read_page(now, limit, cursor, only_active=only_active)
        return Page(self._mask_silences(page.items), page.next_cursor)

    def get_silence(self, silence_id: int) -> Silence:
        """Get one of them.

        Raises:
            NotFound: There is none.
        """
        found = self.reader.silences.find(silence_id)
        if found is None:
            raise NotFound("there is no such silence")
        return self._mask_silences([found])[0]

    def _mask_silences(self, entries: Sequence[Silence]) -> tuple[Silence, ...]:
        homes = {one.household for one in entries if one.household is not None}
        areas = self.reader.homes.find_areas(homes)
        self._standings.find((home, areas.get(home)) for home in homes)
        shown = tuple(self._mask_silence(one, areas.get(one.household) if one.household else None) for one in entries)
        self.note_remarks("silences", (one.reason for one in shown if one.actor != str(self.principal.actor)))
        return shown

    def get_glass(self, glass_id: int) -> BrokenGlass:
        """Get one of them.

        Raises:
            NotFound: There is none.
        """
        found = self.reader.glass.find(glass_id)
        if found is None:
            raise NotFound("there is no such entry")
        shown = self._mask_glass(found, self._find_area(found.household))
        self.note_remarks(f"household:{found.household}", [shown.reason])
        return shown

    def name_residents(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[str]]:
        """Name who lives in each of these homes; nobody where names are masked."""
        homes = self.reader.homes.find_households(households)
        self._standings.find((home.household, home.area) for home in homes)
        named = [home for home in homes if self._sees(Field.NAME, home.household, home.area)]
        return {home.household: [entry.resident.name for entry in home.residents] for home in named}

    def read_quarantine(
        self, limit: int = 50, cursor: str | None = None, reason: QuarantineReason | None = None
    ) -> Page[QuarantineEntry]:
        """Read a page of quarantined messages, newest first. What measures a person whom they do not see is masked."""
        page = self.reader.quarantine.read_page(limit, cursor, reason)
        homes = self.reader.homes.find_homes(entry.device for entry in page.items if entry.device is not None)
        self._standings.find(homes.values())
        self._withdrawn.load(home for home, _ in homes.values())
        shown = tuple(self._mask_message(entry, homes, entry.received_at) for entry in page.items)
        self._note_messages("quarantine", shown)
        return Page(shown, page.next_cursor)

    def find_received(self, at: int, device: DeviceId) -> QuarantineEntry | None:
        """Find the message that an alert is about, as `QuarantineQueries.find_received`; however old, it belongs to the alert."""
        entry = self.reader.quarantine.find_received(at, device)
        return None if entry is None else self.show_message(entry, self.now)

    def find_message(self, message_id: int) -> QuarantineEntry | None:
        """Find one quarantined message, as `read_quarantine` shows it."""
        return (entry := self.reader.quarantine.get(message_id)) and self.show_message(entry, entry.received_at)

    def show_message(self, entry: QuarantineEntry, at: int) -> QuarantineEntry:
        """Show a message that counts as measured at a time, epoch ms."""
        homes = self.reader.homes.find_homes([entry.device] if entry.device is not None else [])
        self._standings.find(homes.values())
        self._withdrawn.load(home for home, _ in homes.values())
        shown = self._mask_message(entry, homes, at)
        self._note_messages(next((f"household:{home}" for home, _ in homes.values()), "quarantine"), [shown])
        return shown

    def compute_hourly_litres(self, home: HouseholdDetail, start: int, end: int) -> tuple[HourUse, ...]:
        """Compute litres by the hour, as `HomeQueries.compute_hourly_litres`; from when on they are shown, and none if never."""
        household, area = home.entry.household, home.entry.area
        begins = self._find_begin(Field.WATER, household, area, None)
        if begins is None:
            return ()
        for about in name_objects(household, home.entry.residents):
            self.note(about, {Field.WATER})
        return self.reader.homes.compute_hourly_litres(household, max(start, begins), end)

    def find_water_start(self, home: HouseholdDetail) -> int | None:
        """From when on they see the water of a home, epoch ms; 0 for as far as it is kept, None for never."""
        return self._find_begin(Field.WATER, home.entry.household, home.entry.area, None)

    def _find_area(self, household: HouseholdId) -> AreaId | None:
        if household not in self._areas:
            self._areas[household] = area = self.reader.homes.find_areas([household]).get(household)
            self._standings.find([(household, area)])
        return self._areas[household]

    def _find_begin(self, field: Field, household: HouseholdId, area: AreaId | None, resident: ResidentId | None) -> int | None:
        """Find from when on they see a field, epoch ms; None for never. Vital signs depend on alerts about that resident."""
        line = self._standings.get_line(household, area)
        found = self._standings.find_relations(field, household, area, resident)
        if not self.principal.sees(field, line, found):
            return None
        last = self.principal.find_last_ms(field, line, found)
        return 0 if last is None else self.now - last

    def _sees(self, field: Field, household: HouseholdId, area: AreaId | None) -> bool:
        return self._find_begin(field, household, area, None) is not None

    def _sees_notes(self, entry: AlertEntry) -> bool:
        """Whether they see the remarks on an alert; on one about no home, by the alert itself and where it lies."""
        household = entry.alert.subject.household
        if household:
            self._standings.find([(household, entry.area)])
            return self._sees(Field.NOTES, household, entry.area)
        relations = {Relation.IN_AREA}
        if entry.alert.answer is not Answer.RESOLVED and entry.alert.queue in WAITING:
            relations |= {Relation.WITH_ALERT} | ({Relation.OWN} if entry.alert.owner == str(self.principal.actor) else set())
        line = self.principal.areas if entry.area is None else self.reader.fleet.find_lines([entry.area]).get(entry.area, _NOBODY)
        return self.principal.sees(Field.NOTES, line, frozenset(relations))

    def _find_start(self, metric: Metric, entry: DeviceEntry, area: AreaId | None) -> int | None:
        field = find_metric_field(metric)
        if field is None:
            return 0
        return self._find_begin(field, entry.household, area, entry.device.resident if field is Field.VITALS else None)

    def keep_shown(self, entry: DeviceEntry, readings: Iterable[ReadingEntry]) -> list[ReadingEntry]:
        """Keep those of some readings of a device that they see; whoever shows them calls `note`."""
        starts = {metric: self._find_start(metric, entry, self._find_area(entry.household)) for metric in Metric}
        return [one for one in readings if (begins := starts[Metric(one.metric)]) is not None and one.observed_at >= begins]

    def _read_latest(self, entry: DeviceEntry) -> tuple[ReadingEntry, ...]:
        shown = self.keep_shown(entry, entry.latest or self.reader.readings.read_latest(entry.device.id))
        self._note_metrics(entry, (one.metric for one in shown))
        return tuple(shown)

    def _mask_glass(self, entry: BrokenGlass, area: AreaId | None) -> BrokenGlass:
        is_shown = entry.actor == str(self.principal.actor) or self._sees(Field.NOTES, entry.household, area)
        return entry if is_shown else replace(entry, reason=mask_text(entry.reason))

    def _mask_silence(self, entry: Silence, area: AreaId | None) -> Silence:
        if entry.household is not None:
            is_seen = self._sees(Field.NOTES, entry.household, area)
        else:
            line = self.reader.fleet.find_lines([entry.area]).get(entry.area, _NOBODY)
            is_seen = self.principal.sees(Field.NOTES, line, frozenset({Relation.IN_AREA}))
        return entry if is_seen or entry.actor == str(self.principal.actor) else replace(entry, reason=mask_text(entry.reason))

    def _mask_message(
        self, entry: QuarantineEntry, homes: Mapping[DeviceId, tuple[HouseholdId, AreaId]], at: int
    ) -> QuarantineEntry:
        """Mask the bytes of a message, and what is said about them: which values they hold is not known.

        What no registered device has sent may be about anybody: it takes a role that sees some values of people with an alert.

        Args:
            entry: The message.
            homes: The home of each registered device, with its area.
            at: When it counts as measured, epoch ms.
        """
        if entry.device is None:
            line, relations = self.principal.areas, frozenset({Relation.IN_AREA, Relation.WITH_ALERT})
            is_shown = any(self.principal.sees(field, line, relations) for field in _MEASURED)
        else:
            home = homes.get(entry.device)
            begins = [self._find_begin(field, *home, None) if home else None for field in _MEASURED]
            is_shown = all(begin is not None and at >= begin for begin in begins)
        if is_shown:
            return entry
        return replace(entry, payload=Illegible.HIDDEN.encode() if entry.payload else b"", detail=mask_text(entry.detail))

    def _mask_alert(self, entry: AlertEntry) -> AlertEntry:
        household, area = entry.place
        if not household:
            return entry
        hidden = frozenset(field for field in (Field.NAME, Field.ADDRESS) if not self._sees(field, household, area))
        return mask_alert(entry, hidden)

    def _mask_step(self, step: Step) -> Step:
        return step if step.actor == str(self.principal.actor) else replace(step, note=mask_text(step.note))

    def _mask_resident(self, entry: ResidentEntry) -> ResidentEntry:
        fields = (Field.NAME, Field.ADDRESS, Field.PHONE, Field.HABITS, Field.NOTES)
        hidden = frozenset(field for field in fields if not self._sees(field, entry.household, entry.area))
        return mask_resident(entry, hidden)

    def _mask_household(self, entry: HouseholdEntry) -> HouseholdEntry:
        residents = tuple(map(self._mask_resident, entry.residents))
        if self._sees(Field.ADDRESS, entry.household, entry.area):
            return replace(entry, residents=residents)
        return replace(entry, residents=residents, address=mask_text(entry.address), hidden=frozenset({Field.ADDRESS}))

    def _mask_contacts(
        self, contacts: Iterable[Contact], household: HouseholdId, area: AreaId | None, residents: Sequence[ResidentEntry]
    ) -> tuple[Contact, ...]:
        if not self._sees(Field.CONTACTS, household, area):
            return ()
        found = tuple(contacts)
        if not self._sees(Field.PHONE, household, area):
            found = tuple(replace(contact, phone=mask_text(contact.phone)) for contact in found)
        if found:
            for about in name_objects(household, residents):
                self.note(about, {Field.CONTACTS})
        return found

    def note(self, about: str, fields: Iterable[Field]) -> None:
        """Note that these fields are shown, as far as they go on record."""
        if shown := frozenset(fields) & _ON_RECORD:
            self.looks.append(Look(about, shown))

    def _note_list(self, what: str, hidden: Iterable[frozenset[Field]]) -> None:
        """One row for a page of a list: what was shown of anybody on it."""
        self.note(what, {field for some in hidden for field in (Field.ADDRESS, Field.PHONE) if field not in some})

    def _note_messages(self, about: str, messages: Iterable[QuarantineEntry]) -> None:
        """What bytes hold of a person is not known, so that showing them is a look at all that a device measures."""
        if any(message.payload not in {b"", Illegible.HIDDEN.encode()} for message in messages):
            self.note(about, _MEASURED)

    def _note_metrics(self, entry: DeviceEntry, metrics: Iterable[int]) -> None:
        fields = {field for one in metrics if (field := find_metric_field(Metric(one))) is not None}
        resident = entry.device.resident
        self.note(f"resident:{resident}" if resident else f"household:{entry.household}", fields)


@contextmanager
def open_view(store: Store, principal: Principal, operation: Operation, clock: Callable[[], int]) -> Iterator[View]:
    """Open a view for what somebody may do; at the end of the block, what it has shown goes on record.

    It is shown also while the database cannot record it, because somebody may need help: then the log says so.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(principal.find_scope(operation)) as reader:
        view = View(reader, principal, clock())
        yield view
    show_with_record(store, principal.actor, view.looks, clock())
