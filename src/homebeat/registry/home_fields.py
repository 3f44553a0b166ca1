"""Reads a home as the fleet file writes it: one set of rules for the file, the pages and the API."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from homebeat.domain.arrival import GeoPoint
from homebeat.domain.channel import CHANNELS, CONTACT_CHANNELS, get_address, get_called_address
from homebeat.domain.contact_id import derive_own_id, make_contact_id
from homebeat.domain.fleet import (
    FEWEST_FALSE_ALARMS,
    MOST_FALSE_ALARMS,
    Area,
    Away,
    CareNeed,
    Channel,
    Contact,
    Fleet,
    Household,
    Resident,
)
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.phone import PHONE
from homebeat.domain.quiet_hours import CAN_WAIT, QuietHours
from homebeat.registry.device_fields import DEVICE, DeviceReader
from homebeat.registry.fields import ID, Faults, Fields, UniqueIds, suggest_name
from homebeat.registry.text import Place

LONGEST_ACCESS: Final = 500
LONGEST_NOTES: Final = 1_000
NOTHING_REFUSED: Final[Mapping[str, str]] = MappingProxyType({})
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
HOUSEHOLD: Final = (
    *("id", "area", "timezone", "address", "residents", "contacts", "devices", "away", "ask_first", "paired", "plan", "position"),
    *("building", "access"),
)
_RESIDENT: Final = ("id", "name", "birth_year", "phone", "language", "false_alarms_a_month", "need", "notes")
_FLAGS: Final = ("is_resident", "is_representative", "wants_daily", "wants_weekly", "holds_key")
_OF_FAMILY: Final = ("wants_daily", "wants_weekly", "holds_key")
QUIET: Final = ("quiet_from", "quiet_to", "quiet_for")
_QUIET_NAMES: Final = frozenset(QUIET)
_CONTACT: Final = ("id", "name", "relation", "phone", "language", "channels", *_FLAGS, *QUIET)
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_NEEDS: Final[Mapping[str, CareNeed]] = {need.value: need for need in CareNeed}
_NEED_NAMES: Final = tuple(_NEEDS)


def accept_any(_url: str) -> str:
    """Accept every address: a replay calls none."""
    return ""


def format_place(place: Place) -> str:
    """Format a place for people: `households[2].devices[0].kind`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".") or "the file"


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What the fields of a home may say at the place where they are used.

    Attributes:
        codecs: Names that a device may have as its `codec`; empty accepts any.
        refusal_of: Explains why an address can never be called from there; empty when it can.
        refused_kinds: Kinds of channel that cannot be used there, and why.
        count_home: Called after each home that was read.
    """

    codecs: Collection[str] = ()
    refusal_of: Callable[[str], str] = accept_any
    refused_kinds: Mapping[str, str] = field(default_factory=lambda: NOTHING_REFUSED)
    count_home: Callable[[], None] = lambda: None


def read_home(tree: Mapping[str, Any], surroundings: Fleet, rules: FieldRules) -> tuple[Household, list[tuple[Place, str]]]:
    """Read one home from a table of the fleet file.

    Args:
        tree: Its fields.
        surroundings: The areas that it may lie in, and who answers there.
        rules: What its fields may say.

    Returns: The home, in which whatever is wrong is left out, and every fault with its place in the table.
    """
    faults = Faults()
    reader = HomeReader(faults, rules)
    reader.know(surroundings)
    for place in _list_masks(tree, ()):
        faults.add(place, "is a mask of homebeat, and not what is meant")
    home = reader.read_household(Fields.read_table(dict(tree), (), faults, HOUSEHOLD))
    reader.check_gateways()
    return home, faults.found


def read_new_area(tree: Mapping[str, Any]) -> tuple[Area, list[tuple[Place, str]]]:
    """Read one area from a table of the fleet file; returns it with every fault. Whether its parent exists is not looked at."""
    faults = Faults()
    area = read_area(Fields.read_table(dict(tree), (), faults, ("id", "name", "parent")))
    return area, faults.found


def read_area(fields: Fields) -> Area:
    """Read one area of the fleet file."""
    ident = fields.read_id()
    parent = fields.read_id("parent") if fields.has("parent") else ""
    return Area(AreaId(ident), fields.read_required("name", 100), AreaId(parent) if parent else None)


def _list_masks(value: object, place: Place) -> Iterator[Place]:
    if isinstance(value, str) and value in set(Illegible):
        yield place
    pairs: Iterable[tuple[Any, object]] = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list):
        pairs = enumerate(value)
    for name, each in pairs:
        yield from _list_masks(each, (*place, name))


@cache
def _list_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@cache
def _explain_zone(name: str) -> str:
    return f"{name!r} is not a time zone{suggest_name(name, sorted(_list_zones())) or '; write Asia/Shanghai'}"


class HomeReader(DeviceReader):
    """Reads homes; it holds the ids read so far, and the faults."""

    def __init__(self, faults: Faults, rules: FieldRules, shown: Callable[[Place], str] = format_place) -> None:
        super().__init__(faults, rules.codecs, shown)
        self.refusal_of = rules.refusal_of
        self.refused_kinds = rules.refused_kinds
        self.count_home = rules.count_home
        self.areas, self.households, self.residents, self.responders, self.accounts = (UniqueIds(shown) for _ in range(5))
        self.lines: dict[str, tuple[AreaId, ...]] = {}
        self.answers_in: dict[str, tuple[AreaId, ...]] = {}

    def know(self, surroundings: Fleet) -> None:
        """Take areas and responders as given."""
        parents = {area.id: area.parent for area in surroundings.areas}
        self.areas.know(parents)
        for area in parents:
            line: list[AreaId] = []
            step: AreaId | None = area
            while step is not None and step not in line:
                line.append(step)
                step = parents.get(step)
            self.lines[area] = tuple(line)
        self.responders.know(one.id for one in surroundings.responders)
        self.answers_in |= {one.id: one.areas for one in surroundings.responders}

    def read_known(self, fields: Fields, name: str, known: UniqueIds, noun: str) -> Iterator[str]:
        """Read a list of ids of what stands elsewhere in the file; what does not stand there is a fault."""
        for index, ident in fields.read_texts(name, 64, 1_000):
            if ident in known:
                yield ident
            else:
                hint = suggest_name(ident, known.list_ids())
                self.faults.add((*fields.place, name, index), f"there is no {noun} {ident!r}{hint}")

    def read_paired(self, fields: Fields, area: str) -> tuple[ResponderId, ...]:
        """Read who is paired with a home. They answer in its area: else nobody there would see them."""
        found = tuple(map(ResponderId, self.read_known(fields, "paired", self.responders, "responder")))
        for who in found:
            theirs = self.answers_in[who]
            if area in self.lines and theirs and not set(theirs) & set(self.lines[area]):
                fields.add_fault("paired", f"{who!r} does not answer in the area {area!r}: add it to their `areas`")
        return found

    def read_household(self, fields: Fields) -> Household:
        """Read a home with everything in it."""
        ident = fields.read_id()
        self.households.enter(fields, ident)
        area = fields.read_id("area")
        if area and area not in self.areas:
            fields.add_fault("area", f"there is no area {area!r}{suggest_name(area, self.areas.list_ids())}")
        zone = fields.read_required("timezone", 64)
        if zone and zone not in _list_zones():
            fields.add_fault("timezone", _explain_zone(zone))
            zone = ""
        people = tuple([self.read_resident(each) for each in fields.read_list("residents", _RESIDENT, 100)])
        names = {person.id for person in people}
        self.count_home()
        return Household(
            HouseholdId(ident),
            AreaId(area),
            zone,
            fields.read_text("address", 300),
            people,
            self.read_contacts(fields, HouseholdId(ident)),
            tuple([self.read_device(each, names) for each in fields.read_list("devices", DEVICE, 1_000)]),
            tuple(self.read_absences(fields, zone)) if fields.has("away") else (),
            fields.read_flag("ask_first"),
            self.read_paired(fields, area) if fields.has("paired") else (),
            fields.read_text("plan", 64, "", ID, "is not the name of a plan: letters, digits and . _ : - only"),
            self.read_position(fields),
            self.read_part_id(fields, "building"),
            fields.read_text("access", LONGEST_ACCESS),
        )

    def read_position(self, fields: Fields) -> GeoPoint | None:
        """Read where a home is."""
        if not fields.has("position"):
            return None
        place = (*fields.place, "position")
        each = Fields.read_table(fields.table["position"], place, self.faults, ("lat", "lon"))
        for name in ("lat", "lon"):
            if not each.has(name):
                each.add_fault(name, "is missing")
        return GeoPoint(each.read_number("lat", -90, 90, 0.0), each.read_number("lon", -180, 180, 0.0))

    def read_resident(self, fields: Fields) -> Resident:
        """Read one resident."""
        ident = fields.read_id()
        self.residents.enter(fields, ident)
        return Resident(
            ResidentId(ident),
            fields.read_required("name", 100),
            fields.read_year("birth_year", 1850, 2100),
            read_phone(fields),
            read_language(fields),
            fields.read_number("false_alarms_a_month", FEWEST_FALSE_ALARMS, MOST_FALSE_ALARMS, 1.0)
            if fields.has("false_alarms_a_month")
            else None,
            need=_read_need(fields),
            notes=fields.read_text("notes", LONGEST_NOTES),
        )

    def read_contacts(self, fields: Fields, household: HouseholdId) -> tuple[Contact, ...]:
        """Read the contacts, in the order to call them. Without an id the name is the id, so two of one name need an id each."""
        people, found = UniqueIds(self.shown), list[Contact]()
        for each in fields.read_list("contacts", _CONTACT, 50):
            name = each.read_required("name", 100)
            if each.has("id"):
                own = each.read_id()
                people.enter(each, own)
            else:
                own = derive_own_id(name)
                people.enter(each, own if name else "", "name", name, ": give each of them an `id`")
            channels = self.read_channels(each)
            relation = each.read_text("relation", 60)
            ident, phone, language = make_contact_id(household, own), read_phone(each), read_language(each)
            flags = {flag: each.read_flag(flag) for flag in _FLAGS}
            if flags["is_resident"]:
                for wanted in (flag for flag in _OF_FAMILY if flags[flag]):
                    each.add_fault(wanted, "is for the family: this contact is the resident")
            if flags["is_representative"]:
                if flags["is_resident"]:
                    each.add_fault("is_representative", "is for somebody of the family, and this contact is the resident")
                if any(one.is_representative for one in found):
                    each.add_fault(
                        "is_representative", "is true for another contact of this home: one person answers for a family"
                    )
            quiet = read_quiet_hours(each)
            found.append(Contact(ident, name, relation, channels, phone, language, quiet_hours=quiet, **flags))
        return tuple(found)

    def read_channels(self, fields: Fields) -> tuple[Channel, ...]:
        """Read the channels of somebody, no two of them to the same address."""
        found: dict[tuple[str, str], Channel] = {}
        for each in fields.read_list("channels", _find_channel_fields, 20):
            channel = self.read_channel(each)
            where = channel.kind, get_address(channel.kind, channel.params)
            if where[1] and where in found:
                each.add_fault(CHANNELS[channel.kind].address, "is the address of another channel of the same person")
            found[where] = channel
        return tuple(found.values())

    def read_channel(self, fields: Fields) -> Channel:
        """Read one channel."""
        spec = CHANNELS.get(fields.read_choice("kind", CONTACT_CHANNELS))
        if spec is None:
            return Channel("")
        if refusal := self.refused_kinds.get(spec.kind):
            fields.add_fault("kind", refusal)
        params, faulty = dict[str, str](), set[str]()
        for known in spec.parameters:
            text = (
                fields.read_required(known.name, known.longest)
                if known.is_required
                else fields.read_text(known.name, known.longest)
            )
            if text and (fault := known.find_fault(text)):
                fields.add_fault(known.name, fault)
                faulty.add(known.name)
            if text:
                params[known.name] = text
        called = get_called_address(Channel(spec.kind, params))
        if called and spec.address not in faulty and (refusal := self.refusal_of(called)):
            fields.add_fault(spec.address, f"can never be called: {refusal}; [egress] in the settings says what may be")
        return Channel(spec.kind, params)

    def read_absences(self, fields: Fields, zone: str) -> Iterator[Away]:
        """Read the absences of a home, no two with the same beginning."""
        begins: set[datetime] = set()
        for each in fields.read_list("away", ("from", "to", "reason"), 1_000):
            found = self.read_away(each, zone)
            if found is not None and found.starts_at in begins:
                each.add_fault("from", "is the beginning of another absence")
            elif found is not None:
                begins.add(found.starts_at)
                yield found

    def read_away(self, fields: Fields, zone: str) -> Away | None:
        """Read one absence; None where its times cannot be read."""
        reason = fields.read_text("reason", 200)
        if not fields.read_required("from", 40):
            return None
        starts = self.read_moment(fields, "from", zone, day_end=False)
        ends = self.read_moment(fields, "to", zone, day_end=True) if fields.has("to") else None
        if starts is None or (ends is None and fields.has("to")):
            return None
        if ends is not None and ends <= starts:
            fields.add_fault("to", "is not after `from`")
        return Away(starts, ends, reason)

    def read_moment(self, fields: Fields, name: str, zone: str, *, day_end: bool) -> datetime | None:
        """Read a time, in UTC.

        Without an offset it is in the household's zone. A bare day begins at midnight; as `to`, that day is included.
        """
        text = fields.read_text(name, 40)
        try:
            if len(text) == len("2026-03-01"):
                found = datetime.combine(date.fromisoformat(text) + timedelta(days=day_end), time.min)
            else:
                found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                found = found.replace(tzinfo=zoneinfo.ZoneInfo(zone or "UTC"))
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            if text:
                fields.add_fault(name, f"{text!r} is not a time; write 2026-03-01T08:00:00Z or 2026-03-01")
            return None


def read_phone(fields: Fields) -> str:
    """Read the number of somebody; empty for none."""
    return fields.read_text("phone", 40, "", PHONE, "is not a telephone number")


def read_quiet_hours(fields: Fields) -> QuietHours | None:
    """Read the quiet hours of somebody; None for never."""
    if _QUIET_NAMES.isdisjoint(fields.table) or not any(map(fields.has, QUIET)):
        return None
    says = 'is not a time of the wall clock; write "22:00"'
    texts = [fields.read_required(name, 5, _CLOCK, says) for name in ("quiet_from", "quiet_to")]
    starts, ends = (int(text[:2] or 0) * 60 + int(text[3:] or 0) for text in texts)
    if texts[0] and texts[0] == texts[1]:
        fields.add_fault("quiet_to", "is the same as `quiet_from`: whoever wants no messages at all has no channels")
    waits = {text: text in CAN_WAIT for _, text in fields.read_texts("quiet_for", 10, 4)}
    for text in (text for text, can_wait in waits.items() if not can_wait):
        fields.add_fault("quiet_for", f"{text!r} never waits: only medium and low do")
    return QuietHours(starts, ends, tuple(one for one in CAN_WAIT if waits.get(one, not waits)))


def _read_need(fields: Fields) -> CareNeed | None:
    return _NEEDS.get(fields.read_choice("need", _NEED_NAMES)) if fields.has("need") else None


def read_language(fields: Fields) -> str:
    """Read the language of somebody."""
    return fields.read_text("language", 35, "zh-CN", LANGUAGE, "is not a language tag; write zh-CN or en")


def _find_channel_fields(raw: object) -> tuple[str, ...]:
    """Find the fields that a channel of the kind in `raw` may have; for an unknown kind, those of all kinds."""
    kind = raw.get("kind") if isinstance(raw, dict) else None
    return _list_channel_fields((kind,) if kind in CONTACT_CHANNELS else CONTACT_CHANNELS)


@cache
def _list_channel_fields(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return ("kind", *dict.fromkeys(known.name for each in kinds for known in CHANNELS[each].parameters))
