"""Tells the technician of devices that report, and of which nothing useful is understood: once for each device, or each model.

What is wrong with a device is found with its last message (`watch.last_messages`) and shown on its page at once. The alert
waits a little, because whoever fits a device looks at that page. If many devices of one model are wrong in the same way, the
model has one alert, however many devices it has.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from homebeat.domain.alert import Condition, Reason, Subject
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.ids import DeviceId
from homebeat.domain.last_message import DeviceHint, HintCode
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import MISREAD
from homebeat.engine.engine import Engine
from homebeat.engine.judge import LEFT
from homebeat.store import AlertFilter, ReadSession, Store
from homebeat.stream.roster import Roster
from homebeat.watch.own_alerts import OwnAlerts

#: So long after the first message the alert opens. A band that gives no pulse may not have been put on yet. Of what is not here
#: no alert opens: a device that gives more than it may claim works, and its page says so.
WAITS_MS: Final[Mapping[HintCode, int]] = {
    HintCode.CODEC: 10 * MINUTE_MS,
    HintCode.NAMES: 10 * MINUTE_MS,
    HintCode.UNIT: 10 * MINUTE_MS,
    HintCode.COUNTERS: 10 * MINUTE_MS,
    HintCode.PULSES: 10 * MINUTE_MS,
    HintCode.NO_VALUE: HOUR_MS,
}
#: So many devices of one model that are wrong in the same way are one alert.
MANY_OF_A_MODEL: Final = 5
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class MisreadDevice:
    """A device of which nothing useful is understood.

    Attributes:
        since: When that was first seen, epoch ms; after a restart: when its last message was kept.
        model: Its kind, and its model as the fleet file names it; None while they have not been looked up.
    """

    hint: DeviceHint
    since: int
    model: tuple[str, str] | None = None

    @property
    def due_at(self) -> int:
        """When it is told, epoch ms."""
        return self.since + WAITS_MS[self.hint.code]


#: What devices have in common that are wrong for one cause: their kind and model, and what is wrong.
_Cause = tuple[str, str, HintCode]


class MisreadDevices:
    """Remembers which devices are not understood, and what was told of them. One thread owns it.

    What was told is read from the open alerts, and which devices are not understood from their last messages. So a restart
    tells nothing twice. The alert of a device begins with its registration: once it was closed, the device has no second one.
    """

    def __init__(self, store: Store, own_alerts: OwnAlerts) -> None:
        self._store, self._own_alerts = store, own_alerts
        self._looked: dict[DeviceId, tuple[DeviceHint | None, int]] = {}  # since the last turn
        self._devices: dict[DeviceId, MisreadDevice] = {}
        self._open_subjects: set[Subject] = set()
        self._roster: Roster | None = None
        self._next_at: int | None = None  # when the next device may be told; None for none

    def note(self, device: DeviceId, hint: DeviceHint | None, at: int) -> None:
        """Note what may be wrong with a device, by a message of `at` (epoch ms); None for nothing."""
        if hint is not None and hint.code not in WAITS_MS:
            hint = None
        if hint is not None or device in self._devices or self._roster is None:
            self._looked[device] = (hint, at)

    def turn(self, engine: Engine) -> None:
        """Open and clear what is due; the next tick commits it.

        Raises:
            Unavailable: The database is away. Nothing was told, and the next turn does it.
        """
        is_first, has_changed = self._roster is None, self._roster is not engine.roster
        is_due = self._next_at is not None and self._next_at <= engine.now
        if not (self._looked or has_changed or is_due):
            return
        with self._store.read(EVERYTHING) as reader:
            if is_first:
                self._begin(reader)
            self._take_in(reader)
        if has_changed:
            self._forget_retired(engine.roster)
        self._roster = engine.roster
        self._clear_understood()
        self._open_due(engine)

    def _begin(self, reader: ReadSession) -> None:
        misread = reader.last_messages.list_misread()
        self._devices = {device: MisreadDevice(hint, at) for device, hint, at in misread if hint.code in WAITS_MS}
        cursor = None
        where = AlertFilter(rule=MISREAD, is_open=True, condition=Condition.FIRING)
        while True:
            page = reader.alerts.read_plain_page(where, 200, cursor)
            self._open_subjects.update(_strip_home(alert.subject) for alert in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    def _take_in(self, reader: ReadSession) -> None:
        """Take in what was noted, and look up the models of those that are new."""
        for device, (hint, at) in self._looked.items():
            before = self._devices.get(device)
            if hint is None:
                self._devices.pop(device, None)
            else:
                self._devices[device] = MisreadDevice(hint, at) if before is None else replace(before, hint=hint)
        self._looked.clear()
        new = [device for device, one in self._devices.items() if one.model is None]
        models = reader.device_lists.find_models(new)
        for device in new:
            self._devices[device] = replace(self._devices[device], model=models.get(device, ("", "")))

    def _forget_retired(self, roster: Roster) -> None:
        for device in [one for one in self._devices if one not in roster.device_row]:
            del self._devices[device]
        for subject in [one for one in self._open_subjects if one.device is not None and one.device not in roster.device_row]:
            self._clear(subject, Reason(LEFT, {"rule": MISREAD}))

    def _clear_understood(self) -> None:
        """Clear the alerts of devices that are understood now, and of models of which none is misread any more."""
        causes = {_make_model_subject(cause) for cause in self._count_causes()}
        for subject in [one for one in self._open_subjects if one.device not in self._devices and one not in causes]:
            code = "model_understood" if subject.device is None else "device_understood"
            self._clear(subject, Reason(code))

    def _clear(self, subject: Subject, reason: Reason) -> None:
        self._open_subjects.discard(subject)
        self._own_alerts.clear(MISREAD, subject, reason)

    def _open_due(self, engine: Engine) -> None:
        due = {device: one for device, one in self._list_untold(engine.roster) if one.due_at <= engine.now}
        counts = self._count_causes(one for one in self._devices.values() if one.due_at <= engine.now)
        for device, one in due.items():
            cause = _find_cause(one)
            if counts[cause] < MANY_OF_A_MODEL:
                row = engine.roster.device_row[device]
                household = engine.roster.household_ids[engine.roster.device_household[row]]
                reason = _make_reason("device", one.hint, {})
                self._open(Subject(household=household, device=device), reason, _find_start(engine.roster, row, one))
            elif _make_model_subject(cause) not in self._open_subjects:
                since = min(
                    _find_start(engine.roster, engine.roster.device_row[other], known)
                    for other, known in self._devices.items()
                    if _find_cause(known) == cause and other in engine.roster.device_row
                )
                more = {"devices": counts[cause]} | ({"model": cause[1][:_LONGEST]} if cause[1] else {})
                self._open(_make_model_subject(cause), _make_reason("model", one.hint, more), since)
        self._next_at = min((one.due_at for _, one in self._list_untold(engine.roster)), default=None)

    def _open(self, subject: Subject, reason: Reason, since: int) -> None:
        self._open_subjects.add(_strip_home(subject))
        self._own_alerts.open(MISREAD, subject, reason, since=since)

    def _list_untold(self, roster: Roster) -> Iterator[tuple[DeviceId, MisreadDevice]]:
        """List devices that no alert is about: neither their own nor that of their model."""
        for device, one in self._devices.items():
            has_alert = (
                Subject(device=device) in self._open_subjects or _make_model_subject(_find_cause(one)) in self._open_subjects
            )
            if device in roster.device_row and not has_alert:
                yield device, one

    def _count_causes(self, devices: Iterable[MisreadDevice] | None = None) -> Counter[_Cause]:
        return Counter(_find_cause(one) for one in (self._devices.values() if devices is None else devices))


def _strip_home(subject: Subject) -> Subject:
    """Name a device without its home, as its key does."""
    return replace(subject, household=None)


def _find_cause(one: MisreadDevice) -> _Cause:
    return *(one.model or ("", "")), one.hint.code


def _make_model_subject(cause: _Cause) -> Subject:
    """Make the subject of an alert about a model. Models are free text, so that their names are no ids."""
    return Subject(service=f"model-{hashlib.sha256('|'.join(cause).encode()).hexdigest()[:12]}")


def _find_start(roster: Roster, row: int, one: MisreadDevice) -> int:
    """Find since when nothing is understood of a device: since it is registered, where that is known."""
    since = int(roster.device_since[row])
    return since if since > 0 else one.since


def _make_reason(about: str, hint: DeviceHint, more: Mapping[str, float | int | str]) -> Reason:
    params = {name: "".join(filter(str.isprintable, text))[:_LONGEST] for name, text in hint.params.items()}
    return Reason(f"{about}_misread_{hint.code.value}", params | dict(more))
