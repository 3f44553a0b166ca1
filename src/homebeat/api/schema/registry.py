"""What the API takes and gives about changing a home: the form of the fleet file."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from homebeat.actions.home_writing import WrittenHome
from homebeat.actions.retire_home import LONGEST_REASON, SHORTEST_REASON
from homebeat.api.times import Instant, Moment, format_instant
from homebeat.domain.fleet import CareNeed, DeviceKind
from homebeat.domain.retirement import RetirementReason
from homebeat.store import HomeChange

Line = Annotated[str, StringConstraints(max_length=2000)]
Short = Annotated[str, StringConstraints(max_length=300)]
Version = Annotated[int, Field(ge=0, lt=2**31, description="Of the home, as it was seen. Another one by now: 409.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ResidentWanted(_Strict):
    """Somebody who lives there."""

    id: Short
    name: Short
    birth_year: int | None = None
    phone: Short | None = None
    language: Short | None = None
    need: CareNeed | None = None
    notes: Line | None = None


class ContactWanted(_Strict):
    """Somebody to call, in call order."""

    id: Short | None = Field(None, description="Unique in the home; whoever has none is known by their name.")
    name: Short
    relation: Short | None = None
    phone: Short | None = None
    language: Short | None = None
    is_resident: bool | None = None
    is_representative: bool | None = None
    wants_daily: bool | None = None
    wants_weekly: bool | None = None
    holds_key: bool | None = None
    quiet_from: Short | None = None
    quiet_to: Short | None = None
    quiet_for: list[Short] | None = Field(None, max_length=4)
    channels: list[int | dict[str, Line]] | None = Field(
        None, max_length=20, description="A channel as the fleet file has it; or a number: the place of one that stays."
    )


class DeviceWanted(_Strict):
    """A device; with `replaces`, in the place of that one, and as it was where nothing else is said."""

    id: Short
    kind: DeviceKind | None = None
    resident: Short | None = None
    codec: Short | None = None
    reports_every: Short | None = None
    resolution_litres: float | None = Field(None, allow_inf_nan=False)
    gateway: Short | None = None
    model: Short | None = None
    address: Line | None = None
    litres_per_pulse: float | None = Field(None, allow_inf_nan=False)
    measures: list[Short] | None = Field(None, max_length=30)
    may_ask: bool | None = None


class FittedDevice(DeviceWanted):
    """A device for a home that is there."""

    replaces: Short | None = None
    retired_for: RetirementReason | None = Field(None, description="Why the one that it replaces is retired.")

    @model_validator(mode="after")
    def _name_what_is_retired(self) -> Self:
        if self.retired_for is not None and self.replaces is None:
            raise ValueError("retired_for needs replaces")
        return self


class PlaceWanted(_Strict):
    """Where a door is."""

    lat: float = Field(allow_inf_nan=False)
    lon: float = Field(allow_inf_nan=False)


class HomeParts(_Strict):
    """Parts of a home; those that are left out stay as they are."""

    area: Short | None = None
    timezone: Short | None = None
    address: Short | None = None
    access: Line | None = None
    building: Short | None = None
    plan: Short | None = None
    ask_first: bool | None = None
    position: PlaceWanted | None = None
    paired: list[Short] | None = Field(None, max_length=100)
    residents: list[ResidentWanted] | None = Field(None, max_length=100)
    version: Version | None = None


class HomeWanted(_Strict):
    """A new home with everything in it."""

    id: Short
    area: Short
    timezone: Short
    address: Short | None = None
    access: Line | None = None
    building: Short | None = None
    plan: Short | None = None
    ask_first: bool | None = None
    position: PlaceWanted | None = None
    paired: list[Short] | None = Field(None, max_length=100)
    residents: list[ResidentWanted] = Field(default_factory=list, max_length=100)
    contacts: list[ContactWanted] = Field(default_factory=list, max_length=50)
    devices: list[DeviceWanted] = Field(default_factory=list, max_length=1_000)


class AreaWanted(_Strict):
    """An area."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"id": "plum", "name": "Plum Lane", "parent": "town"}}
    )

    id: Short
    name: Short
    parent: Short | None = None


class AreaItem(BaseModel):
    """An area as a list shows it."""

    id: str
    name: str
    parent: str | None = Field(description="The area in which it lies; null where it lies in none of those that you see.")


class ContactsWanted(_Strict):
    """All contacts of a home, in call order; whoever is not among them is retired."""

    contacts: list[ContactWanted] = Field(max_length=50)
    version: Version | None = None


class AbsenceWanted(_Strict):
    """From when until when nobody is at home, and who said so."""

    from_: Short = Field(alias="from", description="A day, or a time; without an offset by the clock of the home.")
    to: Short | None = Field(None, description="Left out: until further notice.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AbsenceEnd(_Strict):
    """The absence that is over."""

    from_: Moment = Field(alias="from", description="When it began, as the home shows it.")


class RetirementWanted(_Strict):
    """Why a home is watched no more."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
    version: Version | None = None


class DeviceRetirement(_Strict):
    """Why a device is retired, where that is known."""

    reason: RetirementReason | None = None


class TestAnnounced(_Strict):
    """Whether a test begins, or is over."""

    over: StrictBool = False


class TestItem(BaseModel):
    """A test alarm that was announced."""

    actor: str
    at: Instant
    until: Instant


class UndoWanted(_Strict):
    """Which change is undone: the last one."""

    version: Version


class MadeSecret(BaseModel):
    """A signing secret that was made for a webhook. It is shown once."""

    contact: str
    channel: int
    secret: str


class HomeWritten(BaseModel):
    """What became of a home."""

    household: str
    version: int = Field(description="One more with each change of the home.")
    changed: list[str] = Field(description="The parts that changed, as the fleet file names them; none: nothing did.")
    unsent: int = Field(description="Notices that were waiting for contacts who are retired now.")
    secrets: list[MadeSecret]


class HomeChangeItem(BaseModel):
    """One change of a home in the console or by the API."""

    version: int
    at: Instant
    actor: str
    action: str
    changed: list[str]


def write_tree(body: BaseModel) -> dict[str, Any]:
    """Write a body as a table of the fleet file."""
    return body.model_dump(mode="json", by_alias=True, exclude_none=True)


def make_home_written(written: WrittenHome) -> HomeWritten:
    """Make the item of what became of a home."""
    secrets = [MadeSecret(contact=one.contact, channel=one.channel_index, secret=one.secret) for one in written.secrets]
    return HomeWritten(
        household=written.household,
        version=written.version,
        changed=list(written.changed),
        unsent=written.unsent,
        secrets=secrets,
    )


def make_change_item(one: HomeChange) -> HomeChangeItem:
    """Make the item of a change, without what was in it."""
    before, after = one.before or {}, one.after or {}
    changed = sorted(part for part in before.keys() | after.keys() if before.get(part) != after.get(part))
    return HomeChangeItem(version=one.version, at=format_instant(one.at), actor=one.actor, action=one.kind, changed=changed)
