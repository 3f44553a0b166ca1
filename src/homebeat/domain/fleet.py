"""Who is watched, by which devices, and whom to notify: the registry as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from homebeat.domain.arrival import GeoPoint
from homebeat.domain.certificate import Certificate
from homebeat.domain.contract import Contract
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.quiet_hours import QuietHours


class DeviceKind(StrEnum):
    """The kinds of device that homebeat can judge by."""

    WATER_METER = "water_meter"
    WRISTBAND = "wristband"
    DOOR = "door"
    BED = "bed"
    MOTION = "motion"
    BUTTON = "button"
    SMOKE = "smoke"
    GAS = "gas"
    GATEWAY = "gateway"
    OTHER = "other"
    LAMP = "lamp"  # to ask the resident with, if the home wants that; it shows nothing of anybody
    SIREN = "siren"  # as a lamp


#: How often a device of this kind reports when the fleet file does not say.
REPORTS_EVERY: Final[Mapping[DeviceKind, timedelta]] = {
    DeviceKind.WATER_METER: timedelta(hours=1),
    DeviceKind.WRISTBAND: timedelta(minutes=5),
    DeviceKind.DOOR: timedelta(hours=4),
    DeviceKind.BED: timedelta(minutes=10),
    DeviceKind.MOTION: timedelta(hours=1),
    DeviceKind.BUTTON: timedelta(hours=24),
    DeviceKind.SMOKE: timedelta(hours=24),
    DeviceKind.GAS: timedelta(hours=24),
    DeviceKind.GATEWAY: timedelta(minutes=10),
    DeviceKind.OTHER: timedelta(hours=1),
    # most report only when they are switched
    DeviceKind.LAMP: timedelta(days=7),
    DeviceKind.SIREN: timedelta(days=7),
}


#: What people are taken to read where nobody says.
USUAL_LANGUAGE: Final = "zh-CN"

#: Bounds of a budget that a carer may choose, false alarms in 30 days. Fewer cannot be kept; more would teach people not to look.
FEWEST_FALSE_ALARMS: Final = 0.1
MOST_FALSE_ALARMS: Final = 8.0


@dataclass(frozen=True, slots=True)
class Area:
    """A node of the tree city > district > street > community."""

    id: AreaId
    name: str
    parent: AreaId | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach somebody. `params` of a webhook: `url`, `secret` (`whsec_...`)."""

    kind: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to notify about a household.

    Attributes:
        id: Unique in the whole registry, and independent of the place in the list (`domain.contact_id`).
        phone: Where to call them; empty for not known.
        language: The tag of the language they read.
        is_resident: They live in the home themselves: they are asked how they are, and are no family.
        quiet_hours: When what can wait is not sent to them; None for never.
        is_representative: They answer for the family: what the others answer moves no plan once they have answered.
        wants_daily: They are told in the morning that life was seen.
        wants_weekly: They are told on Mondays what was seen in the week.
        holds_key: They have a key to the home.
    """

    id: ContactId
    name: str
    relation: str = ""
    channels: tuple[Channel, ...] = ()
    phone: str = ""
    language: str = USUAL_LANGUAGE
    is_resident: bool = False
    quiet_hours: QuietHours | None = None
    is_representative: bool = False
    wants_daily: bool = False
    wants_weekly: bool = False
    holds_key: bool = False


class ResponderKind(StrEnum):
    """What somebody who answers for alerts is here: at the desk, a grid worker, unpaid, contracted, or over the others."""

    DESK = "desk"
    FIELD = "field"
    VOLUNTEER = "volunteer"
    PROVIDER = "provider"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody who answers for alerts, and is no relative.

    Attributes:
        id: Unique in the whole registry; as whom they are notified says `domain.contact_id.make_responder_contact`.
        areas: Where they answer, each area with all below it; empty for everywhere.
        languages: The tags of the languages that they speak.
        phone: Where to call them; empty for not known.
        language: The tag of the language that they are written to in.
        account: The name that they sign in with; empty for none. So an alert that `user:NAME` has taken leads to them.
        contract: Of a provider; None where it has none.
        certificates: What they are certified for; a skill that needs one is theirs while it is good.
        quiet_hours: When what can wait is not sent to them; None for never.
    """

    id: ResponderId
    name: str
    kind: ResponderKind
    areas: tuple[AreaId, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    phone: str = ""
    language: str = USUAL_LANGUAGE
    account: str = ""
    contract: Contract | None = None
    certificates: tuple[Certificate, ...] = ()
    quiet_hours: QuietHours | None = None


class CareNeed(StrEnum):
    """How much somebody depends on being looked after, as those who know them have assessed it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Disregarded:
    """A quiet span that is not learned from: somebody closed its alert with this outcome."""

    starts_at: datetime
    ends_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Resident:
    """The person cared for.

    Attributes:
        false_alarms_a_month: The budget that a carer chose for this person; None: as in the area's settings.
        disregarded: Spans that are not learned from, oldest first.
        need: None where nobody has assessed it.
        notes: What whoever helps should know: health, hearing, dialect.
    """

    id: ResidentId
    name: str
    birth_year: int | None = None
    phone: str = ""
    language: str = USUAL_LANGUAGE
    false_alarms_a_month: float | None = None
    disregarded: tuple[Disregarded, ...] = ()
    need: CareNeed | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The thing with a battery.

    Attributes:
        resident: None for a device of the home as a whole.
        gateway: The id of the gateway through which its messages come; empty for not known.
        model: Maker and model as the owner names them, `tidy_name`; empty for not known.
        address: What its maker's messages call it; empty where that is its id.
        litres_per_pulse: Of a meter that reports pulses; None for one that reports its volume.
        measures: What it can measure, by the names of metrics; what else it says is kept and not judged. Empty for anything.
        may_ask: Whether the resident may be asked on it; None: as usual for its kind (`codecs.catalogue.is_asked_on`).
    """

    id: DeviceId
    kind: DeviceKind
    resident: ResidentId | None = None
    codec: str | None = None
    reports_every: timedelta = timedelta(hours=1)
    resolution_litres: float = 1.0
    gateway: str = ""
    model: str = ""
    address: str = ""
    litres_per_pulse: float | None = None
    measures: tuple[str, ...] = ()
    may_ask: bool | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """A declared absence of the whole household; `ends_at` None means until further notice."""

    starts_at: datetime
    ends_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """One home under watch.

    Attributes:
        contacts: In the order in which to call them.
        ask_first: The resident is asked, and has time to answer, before anybody else is notified of a quiet home.
        paired: The volunteers and grid workers whose home this is, in the order in which to call them.
        plan: The name of the response plan; empty for that of the area.
        position: Where its door is; None for not known.
        building: The id of its building, unique in its area; empty for not known.
        access: How to get in: floor, lift, code of the door, dog.
    """

    id: HouseholdId
    area: AreaId
    timezone: str
    address: str = ""
    residents: tuple[Resident, ...] = ()
    contacts: tuple[Contact, ...] = ()
    devices: tuple[Device, ...] = ()
    away: tuple[Away, ...] = ()
    ask_first: bool = False
    paired: tuple[ResponderId, ...] = ()
    plan: str = ""
    position: GeoPoint | None = None
    building: str = ""
    access: str = ""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything a fleet file says. Its order is kept: it is the order of rows in the engine."""

    areas: tuple[Area, ...] = ()
    households: tuple[Household, ...] = ()
    responders: tuple[Responder, ...] = ()


def find_parents(fleet: Fleet) -> dict[AreaId, AreaId | None]:
    """Find the area above each area; None for the top."""
    return {area.id: area.parent for area in fleet.areas}


def find_area_path(parents: Mapping[AreaId, AreaId | None], area: AreaId) -> list[AreaId]:
    """Find the ids from the top of the tree down to `area`."""
    path: list[AreaId] = []
    here: AreaId | None = area
    while here is not None and here not in path:
        path.append(here)
        here = parents.get(here)
    return path[::-1]
