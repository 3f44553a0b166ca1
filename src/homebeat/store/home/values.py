"""Values about homes, and the result of an import; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass, field

from homebeat.domain.family_note import SignsSeen
from homebeat.domain.fleet import Away, Contact, Device, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.role import Field
from homebeat.store.learned.values import LowObservability
from homebeat.store.reading.values import ReadingEntry


@dataclass(frozen=True, slots=True)
class ResidentEntry:
    """A resident with their home and state.

    Attributes:
        state: None before the first judgement.
        low_observability: Why a quiet home cannot be noticed early here; None where it can, and before habits are learned.
        area_name: Of `area`.
        above_name: Of the area above it; empty for the widest.
        hidden: What of it is masked for whoever reads; what the store reads has no masks (`actions.view` puts them on).
    """

    resident: Resident
    household: HouseholdId
    area: AreaId
    address: str
    timezone: str
    state: ResidentState | None
    open_alerts: int
    low_observability: LowObservability | None = None
    area_name: str = ""
    above_name: str = ""
    hidden: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class PhoneMatch:
    """Whose telephone number it is: a resident's, or a contact's of the home."""

    household: HouseholdId
    resident: ResidentId | None = None
    contact: ContactId | None = None


@dataclass(frozen=True, slots=True)
class HouseholdEntry:
    """A home in a list; `hidden` as for `ResidentEntry`, with its contacts, readings and notes."""

    household: HouseholdId
    area: AreaId
    area_name: str
    timezone: str
    address: str
    residents: tuple[ResidentEntry, ...]
    open_alerts: int
    hidden: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class HouseholdDetail:
    """A home with everything in it; contacts in call order.

    Attributes:
        withdrawn: What nobody is shown of it, because a resident withdrew consent; always empty as the store reads it.
        access: How to get in; empty where nobody has said it.
    """

    entry: HouseholdEntry
    contacts: tuple[Contact, ...]
    devices: tuple[DeviceEntry, ...]
    away: tuple[Away, ...]
    withdrawn: frozenset[Field] = frozenset()
    access: str = ""


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device with its liveness; `state` is None before it was first judged."""

    device: Device
    household: HouseholdId
    state: DeviceState | None
    latest: tuple[ReadingEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ResidentState:
    """The current state of a resident. `state` is active, quiet or unknown.

    Attributes:
        since_at: Since when this state holds; None when it never changed.
        life_at: The last sign of life; None for never.
        proven_at: Up to when some device has proven that it would have reported a sign of life; None for never.
        signs: When there were signs of life lately; None where that is not known. It is not stored as it is.
    """

    resident: ResidentId
    state: str
    since_at: int | None
    life_at: int | None
    proven_at: int | None
    away: bool
    updated_at: int
    signs: SignsSeen | None = None


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The current state of a device.

    Attributes:
        beats_every_s: Seconds between the movements that it shows by itself, or a meter's draws; None where it shows none.
        beats_litres: How much water such a draw takes; None for other devices.
    """

    device: DeviceId
    heard_at: int | None
    battery_pct: float | None
    silent: bool
    updated_at: int
    beats_every_s: int | None = None
    beats_litres: int | None = None


@dataclass(frozen=True, slots=True)
class TableChange:
    """What `fleet.apply` did to one table, by id, in the order of the file."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every id that was added, changed, retired or brought back."""
        return (*self.added, *self.changed, *self.removed)

    def __bool__(self) -> bool:
        return bool(self.all)


@dataclass(frozen=True, slots=True)
class FleetChange:
    """What `fleet.apply` did. What was removed is retired; its history stays.

    Attributes:
        unsent: How many notices were waiting for contacts and responders who are retired now; they will not be sent.
        kept: The homes that are kept in the console, and were left as they are.
    """

    areas: TableChange = field(default_factory=TableChange)
    households: TableChange = field(default_factory=TableChange)
    residents: TableChange = field(default_factory=TableChange)
    contacts: TableChange = field(default_factory=TableChange)
    devices: TableChange = field(default_factory=TableChange)
    away: TableChange = field(default_factory=TableChange)
    responders: TableChange = field(default_factory=TableChange)
    unsent: int = 0
    kept: tuple[HouseholdId, ...] = ()

    def __bool__(self) -> bool:
        parts = (self.areas, self.households, self.residents, self.contacts, self.devices, self.away, self.responders)
        return any(parts)


@dataclass(frozen=True, slots=True)
class HomeKeeping:
    """Who keeps a home, and how often it was changed.

    Attributes:
        version: One more with each change of what the registry says of it.
        kept_by: Who changed it in the console last; empty where the fleet file keeps it.
        kept_since: When the console began to keep it, epoch ms; None where the fleet file does.
        retired_at: None while it is watched.
    """

    area: AreaId
    version: int
    kept_by: str
    kept_since: int | None
    retired_at: int | None


@dataclass(frozen=True, slots=True)
class HomePlace:
    """Where a home lies.

    Attributes:
        plan: The name of the response plan that the fleet file gives it; empty for none.
        path: Its area and every area above that, the nearest first.
        building: The id of its building; empty where it is not known.
        timezone: Of its wall clock.
    """

    plan: str
    path: tuple[AreaId, ...]
    building: str
    timezone: str


@dataclass(frozen=True, slots=True)
class FleetSize:
    """How many there are in the registry that are not retired."""

    households: int
    residents: int
    devices: int
