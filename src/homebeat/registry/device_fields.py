"""Reads a device as the fleet file writes it, and what the devices of one make have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from homebeat.codecs.catalogue import DEVICE_ID, can_carry
from homebeat.domain.field_map import MAP_NAME
from homebeat.domain.fleet import REPORTS_EVERY, Device, DeviceKind
from homebeat.domain.ids import DeviceId, ResidentId
from homebeat.domain.metric import CLAIMED
from homebeat.domain.text import tidy_name
from homebeat.registry.device_models import DeviceModels
from homebeat.registry.fields import Faults, Fields, UniqueIds, suggest_name
from homebeat.registry.text import Place

LONGEST_MODEL: Final = 80
LONGEST_DEVICE_ADDRESS: Final = 128
LONGEST_CODEC: Final = 64
#: Before the name of a map of fields, where a device names it as its codec.
MAP_PREFIX: Final = "map:"
_KINDS: Final[Mapping[str, DeviceKind]] = {kind.value: kind for kind in DeviceKind}
KIND_NAMES: Final = tuple(_KINDS)
DEVICE: Final = (
    *("id", "kind", "resident", "codec", "reports_every", "resolution_litres", "gateway", "model", "address", "litres_per_pulse"),
    *("measures", "may_ask"),
)
#: Fields that a device shares with no other of its kind.
_OWN_FIELDS: Final = frozenset({"id", "resident", "gateway", "address"})
_MOST_TRAITS: Final = 1_000


class _Traits(NamedTuple):
    """What a device has in common with others of its model; fields as those of `Device`."""

    kind: DeviceKind
    codec: str | None
    reports_every: timedelta
    resolution_litres: float
    model: str
    litres_per_pulse: float | None
    measures: tuple[str, ...]
    may_ask: bool | None


class DeviceReader:
    """Reads devices; it holds the ids read so far, and the faults."""

    def __init__(self, faults: Faults, codecs: Collection[str], shown: Callable[[Place], str]) -> None:
        self.faults = faults
        self.shown = shown
        self.codecs = sorted(codecs)
        self.devices, self.model_names = UniqueIds(shown), UniqueIds(shown)
        self.gateways: set[str] = set()
        self.addresses: set[tuple[str, str]] = set()
        self.behind: list[tuple[Fields, str]] = []
        self.models = DeviceModels()
        self._traits: dict[tuple[Any, ...], _Traits] = {}

    def read_device(self, fields: Fields, residents: Collection[str]) -> Device:
        """Read one device of a home; `residents` are the ids of who lives there."""
        fields = Fields(self.models.complete(fields.table), fields.place, fields.faults)
        ident = fields.read_id(form=DEVICE_ID)
        self.devices.enter(fields, ident)
        resident = fields.read_id("resident") if fields.has("resident") else ""
        if resident and resident not in residents:
            fields.add_fault(
                "resident", f"{resident!r} does not live in this household{suggest_name(resident, sorted(residents))}"
            )
        traits = self._find_traits(fields)
        gateway = self.read_part_id(fields, "gateway")
        if traits.kind is DeviceKind.GATEWAY:
            self.gateways.add(ident)
        if gateway:
            self.behind.append((fields, gateway))
        address = fields.read_text("address", LONGEST_DEVICE_ADDRESS)
        if address:
            self._enter_address(fields, traits.codec or "", address)
        return Device(
            DeviceId(ident),
            traits.kind,
            ResidentId(resident) if resident else None,
            traits.codec,
            traits.reports_every,
            traits.resolution_litres,
            gateway,
            traits.model,
            address,
            traits.litres_per_pulse,
            traits.measures,
            traits.may_ask,
        )

    def _find_traits(self, fields: Fields) -> _Traits:
        """Read what a device has in common with others. A fleet has few kinds of device: what was read once is found again."""
        # 1, 1.0 and true are equal, and one of them is a fault
        named = tuple((name, type(value), value) for name, value in fields.table.items() if name not in _OWN_FIELDS)
        try:
            known = self._traits.get(named)
        except TypeError:  # it holds a list
            return self._read_traits(fields)
        if known is None:
            before = len(self.faults.found)
            known = self._read_traits(fields)
            if len(self.faults.found) == before and len(self._traits) < _MOST_TRAITS:
                self._traits[named] = known
        return known

    def _read_traits(self, fields: Fields) -> _Traits:
        codec = self.read_codec(fields)
        kind = _KINDS[fields.read_choice("kind", KIND_NAMES) or DeviceKind.OTHER.value]
        return _Traits(
            kind,
            codec or None,
            read_every(fields, REPORTS_EVERY[kind]),
            read_litres(fields, "resolution_litres"),
            tidy_name(fields.read_text("model", LONGEST_MODEL)),
            read_litres(fields, "litres_per_pulse") if fields.has("litres_per_pulse") else None,
            tuple(read_claims(fields)),
            _read_may_ask(fields, codec, kind),
        )

    def read_codec(self, fields: Fields) -> str:
        """Read the name of a codec, or of a map of fields (`map:NAME`). Which maps there are says the database, not the file."""
        named = fields.read_text("codec", LONGEST_CODEC)
        if not (self.codecs and named) or (named.startswith(MAP_PREFIX) and MAP_NAME.fullmatch(named[len(MAP_PREFIX) :])):
            return named
        return fields.read_choice("codec", self.codecs)

    def _enter_address(self, fields: Fields, codec: str, address: str) -> None:
        """Refuse a second device that messages of one form would call the same."""
        if (codec, address) in self.addresses:
            fields.add_fault("address", f"{address!r} is the address of another device with the same codec")
        self.addresses.add((codec, address))

    def check_gateways(self) -> None:
        """Check that no device is said to be behind one that is no gateway. A gateway needs no entry of its own."""
        for fields, gateway in self.behind:
            if gateway in self.devices and gateway not in self.gateways:
                fields.add_fault("gateway", f"{gateway!r} is a device of another kind: its `kind` would have to be gateway")

    def read_part_id(self, fields: Fields, name: str) -> str:
        """Read the id of something that has no table of its own in the file; "" where it is absent."""
        return fields.read_id(name) if fields.has(name) else ""


def read_every(fields: Fields, usual: timedelta) -> timedelta:
    """Read how often a device reports."""
    return fields.read_duration("reports_every", timedelta(seconds=1), timedelta(days=31), usual)


def read_litres(fields: Fields, name: str) -> float:
    """Read an amount of water that a meter counts in; one litre where it is absent."""
    return fields.read_number(name, 0.001, 10_000, 1.0)


def read_claims(fields: Fields) -> Iterator[str]:
    """Read what a device or a model measures: the names of metrics."""
    for index, name in fields.read_texts("measures", 40, len(CLAIMED)):
        if name in CLAIMED:
            yield name
        else:
            fault = f"{name!r} is not one of {', '.join(CLAIMED)}{suggest_name(name, CLAIMED)}"
            fields.faults.add((*fields.place, "measures", index), fault)


def _read_may_ask(fields: Fields, codec: str, kind: DeviceKind) -> bool | None:
    """Read whether the resident may be asked on a device; None where nothing is said."""
    if not fields.has("may_ask"):
        return None
    may_ask = fields.read_flag("may_ask")
    if may_ask and not can_carry(codec, kind):
        fields.add_fault("may_ask", f"cannot be: nobody can be asked on a {kind.value} through the codec {codec or 'native'}")
    return may_ask
