"""Calls for help from devices that nobody registered, and on topics that nobody reads: one alert a device, at once.

The message stays in quarantine. Random device ids must not fill the database: of the devices that call within a minute, and
within an hour, only so many get an alert of their own; the others are counted in one alert.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from homebeat.codecs.catalogue import DEVICE_ID, device_of
from homebeat.codecs.need import Need, find_need, may_show
from homebeat.codecs.pairs import cut_middle
from homebeat.domain.alert import Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message, Quarantined, QuarantineReason
from homebeat.domain.service_alerts import make_edge
from homebeat.stream.roster import Roster
from homebeat.watch.nearest import nearest

CODE: Final = "unregistered_alarm"
#: What the calls of further devices are counted under.
OTHERS: Final = Subject(service="unregistered-devices")
#: A device that calls again within this time is the same call.
SAME_CALL_MS: Final = 600_000
MOST_A_MINUTE: Final = 10
MOST_AN_HOUR: Final = 60
#: How many messages of strangers are looked into in one tick, and how much of each.
_LOOKS: Final = 500
_LOOKED_AT: Final = 4_096
_LONGEST_TOPIC: Final = 80
#: Parts of our own topics, by any spelling: what is left of a topic names the device.
_OURS: Final = frozenset(["homebeat", "v1", "v2", "v3", "readings", "reading", "commands", "data", "up"])
_REASONS: Final = frozenset({QuarantineReason.UNKNOWN_DEVICE, QuarantineReason.UNKNOWN_TOPIC})


class Strangers:
    """What was said of which unregistered device, and when. After a restart a repeated call is noted once more."""

    def __init__(self) -> None:
        self._said_at: dict[str, int] = {}
        self._opened: deque[int] = deque()
        self._others = 0
        self._others_at: int | None = None

    def edges(self, messages: Sequence[Message], asides: Sequence[Quarantined], roster: Roster) -> list[Edge]:
        """The alerts of a tick's messages that were set aside, in order of arrival."""
        strangers = [aside for aside in asides if _may_call(aside)]
        if not strangers:
            return []
        # what the broker kept may be months old
        kept = {(message.topic, message.payload) for message in messages if message.retained}
        return [edge for n, aside in enumerate(strangers) if (aside.topic, aside.payload) not in kept
                for edge in self._of(aside, roster, is_read=n < _LOOKS)]  # fmt: skip

    def _of(self, aside: Quarantined, roster: Roster, *, is_read: bool) -> Iterator[Edge]:
        at = aside.received_at
        if not is_read:
            yield from self._count(at)
            return
        need = find_need(cut_middle(aside.payload, _LOOKED_AT))
        if not need:
            return
        for device in aside.calling or [guessed_device(aside.topic, roster)]:
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
        reason = _reason(device, aside, "".join(filter(str.isprintable, shows)), roster)
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
        """One more that has no alert of its own: said at once, then at most once a minute."""
        self._others += 1
        if self._others_at is None or not 0 <= at - self._others_at < MINUTE_MS:
            self._others_at = at
            reason = Reason("unregistered_others", {"count": self._others})
            yield make_edge(CODE, OTHERS, reason, at, priority=Priority.CRITICAL)


def _may_call(aside: Quarantined) -> bool:
    """Whether a message was set aside that a device nobody registered may have sent, and that may call for help."""
    if aside.calling is not None:
        return bool(aside.calling)
    return (aside.reason in _REASONS or device_of(aside.topic) is None) and may_show(aside.payload)


def registered(devices: Sequence[str], now: int) -> list[Edge]:
    """The device is known now, and its message was used: what stood about it as a stranger is over. People still close it."""
    reason = Reason("unregistered_known")
    return [make_edge(CODE, Subject(device=DeviceId(one)), reason, now, kind=TransitionKind.CLEARED) for one in devices]


def guessed_device(topic: str, roster: Roster) -> str:
    """The device that a topic names: as ours do, or by the part of it that is registered, or is no part of our topics."""
    device = device_of(topic)
    if device is not None:
        return device
    parts = [part for part in topic.split("/") if DEVICE_ID.fullmatch(part)]
    registered = [part for part in parts if part in roster.device_row]
    foreign = [part for part in parts if part.lower() not in _OURS]
    return next(iter([*registered, *foreign]), ascii(topic)[1:-1][:_LONGEST_TOPIC] or "?")


def _reason(device: str, aside: Quarantined, shows: str, roster: Roster) -> Reason:
    params: dict[str, float | int | str] = {"since_at": aside.received_at, "device": device, "shows": shows[:_LONGEST_TOPIC]}
    params["topic"] = ascii(aside.topic)[1:-1][:_LONGEST_TOPIC]
    near = nearest(device, roster.device_row)
    if near is None:
        return Reason(CODE, params)
    params["home"] = roster.household_ids[roster.device_household[roster.device_row[near]]]
    if near == device:
        return Reason("unregistered_topic", params)
    return Reason("unregistered_near", params | {"nearest": near})
