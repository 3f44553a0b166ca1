"""Opens alerts about calls for help from unregistered devices, and on topics that nobody reads: one for each device, at once.

The message stays in quarantine. Random device ids must not fill the database. So only a limited number of such devices a minute,
and an hour, get alerts of their own; the others are counted in one alert.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from homebeat.codecs.catalogue import DEVICE_ID, find_device
from homebeat.codecs.need import Need, find_need, may_show
from homebeat.codecs.pairs import cut_middle
from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message, Quarantined, QuarantineReason
from homebeat.domain.service_alerts import make_edge
from homebeat.stream.roster import Roster
from homebeat.watch.nearest import find_nearest

CODE: Final = "unregistered_alarm"
#: The subject of the alert that counts the calls of further devices.
OTHERS: Final = Subject(service="unregistered-devices")
#: If a device calls again within this time, it is the same call.
SAME_CALL_MS: Final = 600_000
MOST_A_MINUTE: Final = 10
MOST_AN_HOUR: Final = 60
#: How many messages of strangers are looked into in one tick, and how much of each.
_LOOKS: Final = 500
_LOOKED_AT: Final = 4_096
_LONGEST_TOPIC: Final = 80
#: Parts of our own topics, by any spelling: what is left of a topic names the device.
_OURS: Final = frozenset(["homebeat", "v1", "v2", "v3", "readings", "reading", "commands", "data", "up"])
#: The need of a device of whose message its form says that it calls.
_EXPLAINED: Final = Need(words=("help",))
_REASONS: Final = frozenset({QuarantineReason.UNKNOWN_DEVICE, QuarantineReason.UNKNOWN_TOPIC})


class UnregisteredCalls:
    """Remembers which unregistered device has called, and when. After a restart a repeated call is noted once more."""

    def __init__(self) -> None:
        self._said_at: dict[str, int] = {}
        self._opened: deque[int] = deque()
        self._others = 0
        self._others_at: int | None = None

    def find_edges(self, messages: Sequence[Message], asides: Sequence[Quarantined], roster: Roster) -> list[Edge]:
        """Find the alerts of a tick's quarantined messages, in order of arrival."""
        strangers = [aside for aside in asides if _may_call(aside)]
        if not strangers:
            return []
        # what the broker kept may be months old
        kept = {(message.topic, message.payload) for message in messages if message.retained}
        return [edge for n, aside in enumerate(strangers) if (aside.topic, aside.payload) not in kept
                for edge in self._find_of(aside, roster, is_read=n < _LOOKS)]  # fmt: skip

    def _find_of(self, aside: Quarantined, roster: Roster, *, is_read: bool) -> Iterator[Edge]:
        at = aside.received_at
        if not is_read:
            yield from self._count(at)
            return
        need = find_need(cut_middle(aside.payload, _LOOKED_AT))
        if not need and aside.calling:
            need = _EXPLAINED  # in words that its form explains, and nobody else could
        if not need:
            return
        for device in aside.calling or [guess_device(aside.topic, roster)]:
            yield from self._call(device, aside, need, roster)

    def _call(self, device: str, aside: Quarantined, need: Need, roster: Roster) -> Iterator[Edge]:
        at = aside.received_at
        last = self._said_at.get(device)
        if last is not None and 0 <= at - last < SAME_CALL_MS:
            return
        if last is None and not self._has_room(at):
            yield from self._count(at)
            return
        self._said_at[device] = at
        priority = Priority.CRITICAL if need.is_named else Priority.HIGH
        shows = ", ".join([*(alarm.wire_name.removeprefix("alarm_") for alarm in need.alarms), *need.words])
        reason = _make_reason(device, aside, "".join(filter(str.isprintable, shows)), roster)
        yield make_edge(CODE, Subject(device=DeviceId(device)), reason, at, priority=priority)

    def _has_room(self, at: int) -> bool:
        """Whether one more device may have an alert of its own."""
        while self._opened and not 0 <= at - self._opened[0] < HOUR_MS:
            self._opened.popleft()
        self._said_at = {device: then for device, then in self._said_at.items() if 0 <= at - then < SAME_CALL_MS}
        if len(self._opened) >= MOST_AN_HOUR or sum(at - then < MINUTE_MS for then in self._opened) >= MOST_A_MINUTE:
            return False
        self._opened.append(at)
        return True

    def _count(self, at: int) -> Iterator[Edge]:
        """Count one more device without an alert of its own: reported at once, then at most once a minute."""
        self._others += 1
        if self._others_at is None or not 0 <= at - self._others_at < MINUTE_MS:
            self._others_at = at
            reason = Reason("unregistered_others", {"count": self._others})
            yield make_edge(CODE, OTHERS, reason, at, priority=Priority.CRITICAL)


def _may_call(aside: Quarantined) -> bool:
    """Whether a quarantined message may come from an unregistered device, and may call for help."""
    if aside.calling is not None:
        return bool(aside.calling)
    return (aside.reason in _REASONS or find_device(aside.topic) is None) and may_show(aside.payload)


def clear_registered(devices: Sequence[str], now: int) -> list[Edge]:
    """Clear the alerts of devices that are registered now and whose message was used. People still have to close them."""
    reason = Reason("unregistered_known")
    return [make_edge(CODE, Subject(device=DeviceId(one)), reason, now, kind=TransitionKind.CLEARED) for one in devices]


def guess_device(topic: str, roster: Roster) -> str:
    """Guess the device that a topic names: as our topics do, by a registered part, or by a part that is not in our topics."""
    device = find_device(topic)
    if device is not None:
        return device
    parts = [part for part in topic.split("/") if DEVICE_ID.fullmatch(part)]
    registered = [part for part in parts if part in roster.device_row]
    foreign = [part for part in parts if part.lower() not in _OURS]
    return next(iter([*registered, *foreign]), ascii(topic)[1:-1][:_LONGEST_TOPIC] or "?")


def _make_reason(device: str, aside: Quarantined, shows: str, roster: Roster) -> Reason:
    params: dict[str, float | int | str] = {"since_at": aside.received_at, "device": device, "shows": shows[:_LONGEST_TOPIC]}
    params["topic"] = ascii(aside.topic)[1:-1][:_LONGEST_TOPIC]
    near = find_nearest(device, roster.device_row)
    if near is None:
        return Reason(CODE, params)
    params["home"] = roster.household_ids[roster.device_household[roster.device_row[near]]]
    if near == device:
        return Reason("unregistered_topic", params)
    return Reason("unregistered_near", params | {"nearest": near})
