"""Residents, households, devices and readings as the API shows them."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from homebeat.actions.find_people import FoundEntry
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.codecs.wire import Mark
from homebeat.domain.as_of import AsOf, State
from homebeat.domain.fleet import CareNeed, DeviceKind
from homebeat.domain.last_message import HintCode, LastMessage
from homebeat.domain.metric import Metric
from homebeat.domain.role import Field as Masked
from homebeat.store import DeviceEntry, HouseholdDetail, HouseholdEntry, LowObservability, ReadingEntry, ResidentEntry
from homebeat.wording import Wording
from homebeat.wording.hints import explain_hint

#: The field of an item that says what is masked in it.
HIDDEN: Final[Any] = Field(
    default_factory=list,
    description="Personal data that your role does not show of this, or not now: a text is `[hidden]` instead, a list is empty.",
)


class StateItem(BaseModel):
    """What is known of a resident: `unknown` means that nothing is proven, never that all is well."""

    state: State
    since: Instant | None
    as_of: Instant | None = Field(
        description="When the watch last said that it works; null: never. After two minutes without a word, `state` is `unknown`."
    )
    last_sign_of_life_at: Instant | None
    proven_at: Instant | None = Field(description="Until when a device has proven that it would have shown a sign of life.")
    away: bool | None = Field(description="Declared away; null where your role does not show habits and absences.")
    low_observability: LowObservability | None = Field(
        description="Why a quiet home cannot be told early here; null where it can, and before anything was learned."
    )


class ReadingItem(BaseModel):
    """One reading: a fact about a device."""

    metric: str = Field(examples=["volume_m3"])
    observed_at: Instant
    received_at: Instant
    value: float
    marks: list[str] = Field(description="How its time was found: `untimed` (arrival time), `clock_corrected` and the like.")


class DeviceItem(BaseModel):
    """A device with its liveness; `heard_at` null: never heard."""

    device: str
    household: str
    resident: str | None
    kind: DeviceKind
    gateway: str | None = Field(description="The id of the gateway that it hangs on; null where it is not known.")
    model: str | None = Field(description="As the fleet file names it, such as `Waveband W2`; null where it is not known.")
    reports_every_s: float
    heard_at: Instant | None
    silent: bool | None = Field(description="null: not known, for it was never judged or the watch is silent")
    as_of: Instant | None = Field(description="When the watch last said that it works; null: never.")
    battery_pct: float | None
    beats_every_s: int | None = Field(
        description="It shows movements, or a meter draws, by itself at this interval; those are no signs of life. null: none."
    )
    beats_litres: int | None = Field(description="About so much is drawn by itself behind a meter each time. null: nothing.")
    latest: list[ReadingItem]


class HintItem(BaseModel):
    """What seems to be wrong with a device of which nothing useful is understood."""

    code: HintCode = Field(description="`codec`, `names`, `unclaimed`, `unit`, `counters`, `pulses` or `no_value`.")
    params: dict[str, str] = Field(description="`codec` that would read it; `names`; `metric`: what it never gave; `example`.")
    text: str = Field(description="In the language that was asked for.")


class LastMessageItem(BaseModel):
    """The last message of a device that was kept: one an hour, and sooner where something was not understood."""

    received_at: Instant
    topic: str
    payload: str = Field(description="As text; masked for who does not see what the device measures.")
    read_by: str = Field(description="The codec, the format or the map of fields that read it.")
    understood: list[str] = Field(description="Metrics that were read.")
    unknown: list[str] = Field(description="Names of values that are kept and not judged.")
    detail: str = Field(description="What could not be used, and why; empty for nothing.")
    hint: HintItem | None


class OneDeviceItem(DeviceItem):
    """A device, with what its last message was understood as."""

    codec: str | None
    address: str | None
    litres_per_pulse: float | None
    measures: list[str] = Field(
        description="What it can measure; anything else it says is kept and not believed. Empty: anything."
    )
    may_ask: bool | None = Field(description="Whether the home said that residents may be asked on it; null: as usual.")
    last_message: LastMessageItem | None = Field(description="null: none was kept yet.")


class ResidentItem(BaseModel):
    """A resident with state."""

    resident: str
    name: str
    birth_year: int | None
    need: CareNeed | None = Field(description="As the fleet file says it; null where nobody has assessed it.")
    phone: str
    language: str
    household: str
    area: str
    address: str
    timezone: str
    state: StateItem
    open_alerts: int
    hidden: list[Masked] = HIDDEN


class ListedResident(ResidentItem):
    """A resident in a list."""

    blind: bool = Field(description="No way from them to a human being is proven now: `unknown`, or every device is silent.")
    blind_since: Instant | None = Field(description="null where it is not known, and where they are not blind.")
    found_by: list[Masked] = Field(description="The personal data that fits `q`; empty without `q`, and for an id.")


class ResidentInFull(ResidentItem):
    """A resident, with what lists leave out."""

    notes: str = Field(description="What whoever helps should know: health, hearing, dialect. Shown like remarks.")


class HouseholdItem(BaseModel):
    """A home in a list."""

    household: str
    area: str
    area_name: str
    timezone: str
    address: str
    residents: list[ResidentItem]
    open_alerts: int
    hidden: list[Masked] = HIDDEN


class ContactItem(BaseModel):
    """Somebody to call and to tell, without addresses and secrets of channels."""

    contact: str = Field(description="The same wherever they stand in the list.")
    name: str
    relation: str
    phone: str = Field(description="Empty where it is not known.")
    language: str
    channels: list[str] = Field(description="The kind of each channel, in their order.")
    is_representative: bool = Field(description="They answer for the family.")
    holds_key: bool = Field(description="They have a key to the home.")


class AwayItem(BaseModel):
    """A declared absence; `to` null: until further notice."""

    from_: Instant = Field(alias="from", serialization_alias="from")
    to: Instant | None
    reason: str


class HouseholdWithAll(HouseholdItem):
    """A home with everything in it."""

    residents: list[ResidentInFull]  # type: ignore[assignment]  # each of them says more
    access: str = Field(description="How to get in: floor, lift, code of the door, dog. Shown like the address.")
    contacts: list[ContactItem]
    devices: list[DeviceItem]
    away: list[AwayItem]
    withdrawn: list[Masked] = Field(
        description="What nobody is shown of this home, because a resident withdrew consent; it stands in `hidden` too."
    )


def make_state_item(entry: ResidentEntry, as_of: AsOf) -> StateItem:
    """Make the item of a state; a resident who was never judged is `unknown`, and so is everybody while the watch is silent."""
    known = entry.state
    return StateItem(
        state=as_of.find_state(known.state if known else None),
        since=format_or_none(as_of.find_since(known.since_at if known else None)),
        as_of=format_or_none(as_of.at),
        last_sign_of_life_at=format_or_none(known.life_at) if known else None,
        proven_at=format_or_none(known.proven_at) if known else None,
        away=None if Masked.HABITS in entry.hidden else known is not None and known.away,
        low_observability=entry.low_observability,
    )


def make_reading_item(reading: ReadingEntry) -> ReadingItem:
    """Make the item of a reading."""
    return ReadingItem(
        metric=Metric(reading.metric).wire_name,
        observed_at=format_instant(reading.observed_at),
        received_at=format_instant(reading.received_at),
        value=reading.value,
        marks=[(mark.name or "").lower() for mark in Mark if reading.mark & mark],
    )


def make_device_item(entry: DeviceEntry, as_of: AsOf) -> DeviceItem:
    """Make the item of a device."""
    device, state = entry.device, entry.state
    return DeviceItem(
        device=device.id,
        household=entry.household,
        resident=device.resident,
        kind=device.kind,
        gateway=device.gateway or None,
        model=device.model or None,
        reports_every_s=device.reports_every.total_seconds(),
        heard_at=format_or_none(state.heard_at) if state else None,
        silent=as_of.is_silent(state.silent if state else None),
        as_of=format_or_none(as_of.at),
        battery_pct=state.battery_pct if state else None,
        beats_every_s=state.beats_every_s if state else None,
        beats_litres=state.beats_litres if state else None,
        latest=[make_reading_item(r) for r in entry.latest],
    )


def make_one_device_item(entry: DeviceEntry, as_of: AsOf, last: LastMessage | None, words: Wording) -> OneDeviceItem:
    """Make the item of a device that stands alone."""
    device = entry.device
    return OneDeviceItem(
        **make_device_item(entry, as_of).model_dump(),
        codec=device.codec,
        address=device.address or None,
        litres_per_pulse=device.litres_per_pulse,
        measures=list(device.measures),
        may_ask=device.may_ask,
        last_message=None if last is None else _make_last_message_item(last, words),
    )


def _make_last_message_item(last: LastMessage, words: Wording) -> LastMessageItem:
    hint = last.hint
    return LastMessageItem(
        received_at=format_instant(last.received_at),
        topic=last.topic,
        payload=last.payload.decode("utf-8", "replace"),
        read_by=last.read_by,
        understood=list(last.understood),
        unknown=list(last.unknown),
        detail=last.detail,
        hint=None if hint is None else HintItem(code=hint.code, params=dict(hint.params), text=explain_hint(hint, words)),
    )


def make_resident_item(entry: ResidentEntry, as_of: AsOf) -> ResidentItem:
    """Make the item of a resident."""
    person = entry.resident
    return ResidentItem(
        resident=person.id,
        name=person.name,
        birth_year=person.birth_year,
        need=person.need,
        phone=person.phone,
        language=person.language,
        household=entry.household,
        area=entry.area,
        address=entry.address,
        timezone=entry.timezone,
        state=make_state_item(entry, as_of),
        open_alerts=entry.open_alerts,
        hidden=sorted(entry.hidden),
    )


def make_listed_resident(found: FoundEntry, as_of: AsOf) -> ListedResident:
    """Make the item of a resident in a list."""
    return ListedResident(
        **make_resident_item(found.entry, as_of).model_dump(),
        blind=found.is_blind,
        blind_since=format_or_none(found.blind_since),
        found_by=sorted(found.fields),
    )


def make_resident_in_full(entry: ResidentEntry, as_of: AsOf) -> ResidentInFull:
    """Make the item of a resident with everything in it."""
    return ResidentInFull(**make_resident_item(entry, as_of).model_dump(), notes=entry.resident.notes)


def make_household_item(entry: HouseholdEntry, as_of: AsOf) -> HouseholdItem:
    """Make the item of a home."""
    return HouseholdItem(
        household=entry.household,
        area=entry.area,
        area_name=entry.area_name,
        timezone=entry.timezone,
        address=entry.address,
        residents=[make_resident_item(r, as_of) for r in entry.residents],
        open_alerts=entry.open_alerts,
        hidden=sorted(entry.hidden),
    )


def make_household_with_all(detail: HouseholdDetail, as_of: AsOf) -> HouseholdWithAll:
    """Make the item of a home with everything in it."""
    contacts = [
        ContactItem(
            contact=c.id,
            name=c.name,
            relation=c.relation,
            phone=c.phone,
            language=c.language,
            channels=[way.kind for way in c.channels],
            is_representative=c.is_representative,
            holds_key=c.holds_key,
        )
        for c in detail.contacts
    ]
    away = [
        AwayItem.model_validate(
            {
                "from": format_instant(round(a.starts_at.timestamp() * 1000)),
                "to": format_instant(round(a.ends_at.timestamp() * 1000)) if a.ends_at else None,
                "reason": a.reason,
            }
        )
        for a in detail.away
    ]
    devices = [make_device_item(entry, as_of) for entry in detail.devices]
    return HouseholdWithAll(
        **make_household_item(detail.entry, as_of).model_dump(exclude={"residents"}),
        residents=[make_resident_in_full(one, as_of) for one in detail.entry.residents],
        access=detail.access,
        contacts=contacts,
        devices=devices,
        away=away,
        withdrawn=sorted(detail.withdrawn),
    )
