"""What a make is, and how a street becomes one: the same readings, as devices of that make write them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from simulators.street import Message

METER: Final = "water_meter"
BAND: Final = "wristband"
_PREFIX: Final = "homebeat/v1/"
_SUFFIX: Final = "/readings"

#: What a device measured at one moment, under the names of the native form; `at` is epoch ms, or missing.
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PushAccount:
    """What a cloud signs its pushes with: a token or key, and for some its name. Empty where the address holds the secret."""

    secret: str = ""
    secret_id: str = ""


@dataclass(frozen=True, slots=True)
class SignedPush:
    """One POST: where to, what, and the headers that a signature needs."""

    address: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


#: Signs what a cloud pushes: the address that the cloud was given, a message, what to sign with, and the time (epoch ms).
Sign = Callable[[str, bytes, PushAccount, int], SignedPush]


@dataclass(frozen=True)
class Make:
    """How devices of one make write.

    Attributes:
        name: Of the codec that reads them.
        kinds: Of the devices that there are of this make; all others keep the native form.
        make_address: Makes what its messages call a device, from the id of that.
        write: Writes what came of one device at one time: `(address, kind, entries, arrival in epoch ms)` to topics and payloads.
            Several entries are what the device kept, the oldest first.
        keeps: Whether its devices keep what they could not send, and send it later.
        sign: Signs, where a cloud pushes them over HTTP (`push`) and no broker has them.
        fleet_fields: What a device of a kind is in the fleet file besides, from what is there.
    """

    name: str
    kinds: frozenset[str]
    make_address: Callable[[str], str]
    write: Callable[[str, str, Sequence[Entry], int], Iterable[tuple[str, bytes]]]
    keeps: bool = True
    sign: Sign | None = None
    fleet_fields: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default=lambda _device: {})

    @property
    def is_pushed(self) -> bool:
        """Whether a cloud pushes them over HTTP."""
        return self.sign is not None


@dataclass(frozen=True)
class StreetMakes:
    """The makes of the devices of a street: the homes take turns.

    Attributes:
        makes: Those that there are; None stands for devices of the native form. A kind of device that none of them makes is
            native.
    """

    makes: tuple[Make | None, ...]

    def find(self, device: str, kind: str) -> Make | None:
        """Find the make of a device by its id and kind; None keeps the native form."""
        fitting = [make for make in self.makes if make is None or kind in make.kinds]
        return fitting[read_number(device) % len(fitting)] if fitting else None

    def rewrite_messages(self, kinds: Mapping[str, str], messages: Iterable[Message]) -> Iterator[Message]:
        """Write messages of the native form as the makes do; what is no JSON goes out as it is, on the topic of the make.

        Args:
            kinds: Kind of each device, by its id.
            messages: In arrival order.
        """
        made = {device: self.find(device, kind) for device, kind in kinds.items()}
        for at, topic, payload in messages:
            device = topic.removeprefix(_PREFIX).removesuffix(_SUFFIX)
            make = made.get(device)
            if make is None:
                yield at, topic, payload
                continue
            address, kind = make.make_address(device), kinds[device]
            entries = _read_entries(payload)
            if entries is None:
                (where, _), *_ = make.write(address, kind, [{}], at)
                yield at, where, payload
                continue
            for where, written in make.write(address, kind, entries, at):
                yield at, where, written

    def register(self, fleet: Mapping[str, Any]) -> None:
        """Give the devices of a fleet file that are of a make its codec and their addresses."""
        for home in fleet["households"]:
            for device in home["devices"]:
                make = self.find(device["id"], device["kind"])
                if make is not None:
                    known = {"codec": make.name, "address": make.make_address(device["id"])}
                    device.update(known | dict(make.fleet_fields(device)))


def sign_by_address(address: str, body: bytes, _account: PushAccount, _now: int) -> SignedPush:
    """Sign nothing: the secret is the end of the address."""
    return SignedPush(address, body)


def make_nonce(body: bytes) -> str:
    """Make what is used once from a message: sent again it is the same."""
    return hashlib.sha256(body).hexdigest()[:12]


def list_kinds(fleet: Mapping[str, Any]) -> dict[str, str]:
    """List the kind of each device of a fleet file, by its id."""
    return {device["id"]: device["kind"] for home in fleet["households"] for device in home["devices"]}


def write_json(value: object) -> bytes:
    """Write JSON as programs do that save bytes."""
    return json.dumps(value, separators=(",", ":")).encode()


def format_moment(at: int, digits: int = 3, zone: str = "Z") -> str:
    """Write a time (epoch ms) as ISO 8601 in UTC, with so many digits behind the second."""
    whole = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}{zone}" if not digits else f"{whole}.{at % 1000:03d}{'0' * (digits - 3)}{zone}"


def read_number(device: str) -> int:
    """Read the number of a home from the id of one of its devices: `wm-00042` is 42."""
    return int("".join(filter(str.isdigit, device)) or 0)


def _read_entries(payload: bytes) -> list[Entry] | None:
    try:
        found = json.loads(payload)
    except ValueError:
        return None
    entries = found if isinstance(found, list) else [found]
    if not entries or not all(isinstance(one, dict) and one for one in entries):
        return None
    if any(isinstance(value, float) and value != value for one in entries for value in one.values()):  # noqa: PLR0124 -- NaN
        return None
    return [_read_entry(one) for one in entries]


def _read_entry(entry: Entry) -> Entry:
    at = entry.get("at")
    if isinstance(at, str):
        try:
            return entry | {"at": round(datetime.fromisoformat(at).timestamp() * 1000)}
        except ValueError:
            return {name: value for name, value in entry.items() if name != "at"}
    return entry
