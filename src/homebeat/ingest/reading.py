"""Reads messages into a batch: who sent each, what it says, and what goes to quarantine. Every message is counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

import numpy as np

from homebeat.codecs.catalogue import CODECS, DEFAULT_CODEC, PREFIX, READINGS, Codec, find_device
from homebeat.codecs.envelope import Format, Report, find_format, find_named_format
from homebeat.codecs.native import decode_plainly
from homebeat.codecs.need import find_need
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import Extra, Message, Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.ingest.traits import NO_TRAITS, Traits, drop_unreadable, mark_retained
from homebeat.stream.batch import I32, U8, Batch, Bool
from homebeat.stream.unwatched import find_unwatched

_DEFAULT_LIMITS: Final = Limits()
_NO_METERS: Final[I32] = np.empty(0, np.int32)
_NOTHING_WITHDRAWN: Final[U8] = np.empty(0, np.uint8)
#: What is said of a message whose bytes are not kept.
WITHHELD: Final = "not kept: consent to what this device measures was withdrawn"
#: Alarms that a person, or what may burn their home, raises.
_RAISED: Final = frozenset(map(int, (Metric.ALARM_SOS, Metric.ALARM_FALL, Metric.ALARM_SMOKE, Metric.ALARM_GAS)))
#: What says that a device is there. Retained, it says nothing, and nobody has to look at it.
_PRESENCE: Final = frozenset(map(int, (Metric.HEARTBEAT, Metric.ONLINE)))
_UNREADABLE: Final = int(Metric.ALARM_UNREADABLE)
#: What a stranger is heard for.
_CALLS: Final = _RAISED | {_UNREADABLE}
_NO_CODECS: Final[Mapping[str, str]] = {}
_LONGEST_DETAIL: Final = 500
#: Bytes that a call for help holds in nearly every form.
_CRIES: Final = (b"alarm", b"sos", b"fall", b"help", b"smoke", b"gas", b"panic", b"emergency")
_PREFIX_LENGTH: Final = len(PREFIX)
_SUFFIX_LENGTH: Final = len(READINGS)


class MessageOutcome(IntEnum):
    """The outcome of reading one message; the ledger adds these up."""

    ACCEPTED = 0  # all of it was used (a heartbeat too)
    PARTIAL = 1  # some of it was used, the rest is in quarantine
    QUARANTINED = 2  # nothing of it was used


@dataclass(frozen=True, slots=True)
class Intake:
    """What a tick's messages say. n readings of m messages.

    Attributes:
        batch: The n readings, in arrival order.
        message_of: Which of the messages each reading came from, int32[n].
        extras: Values of metrics that are not judged.
        quarantined: One per message that went to quarantine, whole or in part.
        outcomes: The outcome of each message, length m.
        withheld: How many readings were left out because a resident withdrew consent to them.
        senders: int32[k, 2], (message, roster row) for each device of which a message speaks.
    """

    batch: Batch
    message_of: I32
    extras: list[Extra]
    quarantined: list[Quarantined]
    outcomes: list[MessageOutcome]
    withheld: int = 0
    senders: I32 = field(default_factory=lambda: np.empty((0, 2), np.int32))

    @property
    def defects(self) -> list[Quarantined]:
        """Messages on which homebeat itself failed."""
        return [aside for aside in self.quarantined if aside.reason is QuarantineReason.DEFECT]

    @classmethod
    def make_unread(cls, message: Message, why: str, row: int | None = None) -> Intake:
        """Make the intake of a message that goes to quarantine unread; from a known device it may be a call for help."""
        found = (
            Readings()
            if row is None or not any(word in message.payload.lower() for word in _CRIES)
            else _read_possible_call(message)
        )
        used = len(found.metric)
        batch = Batch.of([row or 0] * used, found.metric, found.at, [message.received_at] * used, found.value, found.mark)
        aside = Quarantined(message.topic, message.payload, message.received_at, QuarantineReason.DEFECT, why, used > 0)
        outcome = MessageOutcome.PARTIAL if used else MessageOutcome.QUARANTINED
        return cls(batch, np.zeros(used, np.int32), [], [aside], [outcome])

    @classmethod
    def join(cls, first: Intake, second: Intake) -> Intake:
        """Join the intakes of two runs of messages, one after the other."""
        return cls(
            Batch.join([first.batch, second.batch]),
            np.concatenate([first.message_of, second.message_of + np.int32(len(first.outcomes))]),
            first.extras + second.extras,
            first.quarantined + second.quarantined,
            first.outcomes + second.outcomes,
            first.withheld + second.withheld,
            np.concatenate([first.senders, second.senders + np.array([len(first.outcomes), 0], np.int32)]),
        )

    def withhold(self, withdrawn: U8, rows: Mapping[str, int]) -> Intake:
        """Leave out the values to which consent was withdrawn. One heartbeat of each message stays: the device is there.

        Of such a device's own message that could not be used, the bytes and what is said of them are left out, too. They stay
        where the message raised an alarm, and where homebeat itself failed: somebody must be able to see why.

        Args:
            withdrawn: uint8[devices], the purposes withdrawn of each device, as `PURPOSE_BITS`; empty for none of any device.
            rows: Device id -> row in the roster.
        """
        if not withdrawn.any():
            return self
        batch = self.batch
        hidden = find_unwatched(withdrawn, batch.device, batch.metric)
        # what metrics beyond the catalogue mean is not known, so none of them stays
        extras = [extra for extra in self.extras if extra.device not in rows or not withdrawn[rows[extra.device]]]
        quarantined = self._clear_bytes(withdrawn, rows) if self.quarantined else self.quarantined
        if not hidden.any():
            return replace(self, extras=extras, quarantined=quarantined)
        withheld = self.withheld + int(hidden.sum())
        return replace(self._hide(hidden), extras=extras, quarantined=quarantined, withheld=withheld)

    def disbelieve(self, traits: Traits) -> Intake:
        """Leave out what a device says and its model cannot measure. It is kept beside the readings, and judged by no rule.

        One heartbeat of each such message stays: the device is there.
        """
        batch = self.batch
        if not len(traits.claims) or not len(batch.device):
            return self
        hidden = (traits.claims[batch.device] >> batch.metric.astype(np.int64)) & 1 == 0
        if not hidden.any():
            return self
        kept_beside = [
            Extra(traits.ids[row], Metric(metric).wire_name, at, received_at, f"{value:g}")
            for row, metric, at, received_at, value in zip(
                *(
                    column[hidden].tolist()
                    for column in (batch.device, batch.metric, batch.observed_at, batch.received_at, batch.value)
                ),
                strict=True,
            )
        ]
        return replace(self._hide(hidden), extras=self.extras + kept_beside)

    def _hide(self, hidden: Bool) -> Intake:
        """Leave out readings; one heartbeat of each message and device of them stays."""
        batch, places = self.batch, np.flatnonzero(hidden)
        _, first = np.unique(np.stack([self.message_of[places], batch.device[places]]), axis=1, return_index=True)
        keep = ~hidden
        keep[places[first]] = True
        metric, value = batch.metric.copy(), batch.value.copy()
        metric[hidden], value[hidden] = Metric.HEARTBEAT, 1.0
        kept = np.flatnonzero(keep)
        return replace(self, batch=replace(batch, metric=metric, value=value).take(kept), message_of=self.message_of[kept])

    def _clear_bytes(self, withdrawn: U8, rows: Mapping[str, int]) -> list[Quarantined]:
        """Leave out the bytes of what is set aside, where they may hold values to which consent was withdrawn."""
        alarmed = set(self.message_of[self.batch.metric >= Metric.ALARM_SOS].tolist())
        set_aside = [i for i, outcome in enumerate(self.outcomes) if outcome is not MessageOutcome.ACCEPTED]

        # what speaks for several devices shows the values of each
        hidden = {message for message, row in self.senders.tolist() if withdrawn[row]}

        def clear(one: Quarantined, message: int) -> Quarantined:
            row = rows.get(find_device(one.topic) or "")
            is_hidden = message in hidden or (row is not None and withdrawn[row])
            if not is_hidden or message in alarmed or one.reason is QuarantineReason.DEFECT:
                return one
            return replace(one, payload=b"", detail=WITHHELD)

        return [clear(one, message) for one, message in zip(self.quarantined, set_aside, strict=True)]


@dataclass(slots=True)
class _Columns:
    """Columns as plain lists while reading; arrays are made at the end. What they share is kept per message."""

    codecs: Mapping[str, str]
    limits: Limits
    meter_of: I32
    outcomes: list[MessageOutcome]
    row_of: list[int]
    rows: Mapping[str, int] = field(default_factory=dict)
    formats: Sequence[Format] = ()
    traits: Traits = NO_TRAITS
    #: Of the formats, those that may cover a topic, by its first level.
    near: dict[str, list[Format]] = field(default_factory=dict)
    #: Of messages that speak for several devices: (first reading, reading after the last, roster row) of each report.
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    #: Of the same messages: (message, roster row) of each report.
    reported: list[tuple[int, int]] = field(default_factory=list)
    message: list[int] = field(default_factory=list)
    metric: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    mark: list[int] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)

    def mark_end(self) -> tuple[int, int, int, int]:
        """Mark the present end of the columns, for `cut`."""
        return len(self.metric), len(self.extras), len(self.quarantined), len(self.reported)

    def find_format(self, topic: str) -> Format | None:
        """Find what opens messages on a topic."""
        first_level = topic.partition("/")[0]
        near = self.near.get(first_level)
        if near is None:
            near = self.near[first_level] = [one for one in self.formats if one.may_cover(first_level)]
        return find_format(near, topic)

    def cut(self, index: int, end: tuple[int, int, int, int]) -> None:
        """Remove what was added since the mark: all of one message."""
        self.row_of[index] = -1
        readings, extras, quarantined, reported = end
        del self.message[readings:], self.metric[readings:], self.at[readings:], self.value[readings:], self.mark[readings:]
        del self.extras[extras:], self.quarantined[quarantined:]
        while self.spans and self.spans[-1][1] > readings:
            self.spans.pop()
        del self.reported[reported:]

    def make_intake(self, messages: Sequence[Message]) -> Intake:
        """Make the intake: all columns as arrays."""
        message_of = np.asarray(self.message, np.int32)
        received_of = np.fromiter((message.received_at for message in messages), np.int64, len(messages))
        row_of = np.asarray(self.row_of, np.int32)
        columns = np.asarray(self.metric, np.uint8), np.asarray(self.at, np.int64)
        values, marks = np.asarray(self.value, np.float64), np.asarray(self.mark, np.uint8)
        devices = row_of[message_of]
        for first, end, row in self.spans:
            devices[first:end] = row
        batch = Batch(devices, *columns, received_of[message_of], values, marks)
        alone = np.flatnonzero(row_of >= 0)
        senders = np.stack([alone.astype(np.int32), row_of[alone]], axis=1)
        if self.reported:
            senders = np.concatenate([senders, np.array(self.reported, np.int32)])
        return Intake(batch, message_of, self.extras, self.quarantined, self.outcomes, senders=senders)


def read(
    messages: Sequence[Message],
    rows: Mapping[str, int],
    codecs: Mapping[str, str] = _NO_CODECS,
    limits: Limits = _DEFAULT_LIMITS,
    meter_of: I32 = _NO_METERS,
    formats: Sequence[Format] = (),
    withdrawn: U8 = _NOTHING_WITHDRAWN,
    traits: Traits = NO_TRAITS,
) -> Intake:
    """Read messages into one batch. A message on which a codec fails goes to quarantine and does not affect the others.

    Args:
        messages: In arrival order; `received_at` never decreasing.
        rows: Device id -> row in the roster; a device not in it is unknown.
        codecs: Device id -> name of its codec, for those whose fleet entry names one.
        limits: Sizes and times beyond which things are refused.
        meter_of: Meter of each device by roster row, int32, -1 for none: of a meter's messages none is taken for a call for help.
        formats: What opens messages that name their devices themselves.
        withdrawn: uint8[devices], the purposes to which consent was withdrawn, by roster row: see `Intake.withhold`.
        traits: What else the registry says of devices.
    """
    outcomes = [MessageOutcome.ACCEPTED] * len(messages)
    taken = _Columns(codecs, limits, meter_of, outcomes, [-1] * len(messages), rows, formats, traits)
    metrics, values, row_of = taken.metric, taken.value, taken.row_of
    for index, message in enumerate(messages):
        topic, payload, received_at, _, retained = message
        device = topic[_PREFIX_LENGTH:-_SUFFIX_LENGTH]
        row = rows.get(device) if topic.startswith(PREFIX) and topic.endswith(READINGS) else None
        before = len(metrics)
        plain = None
        if row is not None and payload[:1] == b"{" and not retained and device not in codecs:
            try:
                plain = decode_plainly(payload, received_at, limits, metrics, values)
            except Exception:  # noqa: BLE001 -- the fence round one message: it is read again with care, and set aside there
                del metrics[before:], values[before:]
        if plain is None or row is None:
            _take_oddly(taken, index, message, device, row)
            continue
        row_of[index] = row
        at, mark, _ = plain
        count = len(metrics) - before
        if count == 1:
            taken.message.append(index)
            taken.at.append(at)
            taken.mark.append(mark)
        else:
            taken.message += [index] * count
            taken.at += [at] * count
            taken.mark += [mark] * count
    try:
        return taken.make_intake(messages).disbelieve(traits).withhold(withdrawn, rows)
    except Exception as defect:  # noqa: BLE001 -- the fence round one message: which one it was is found by halves
        if len(messages) == 1:
            return Intake.make_unread(messages[0], describe_defect(defect))
    half = len(messages) // 2
    first, second = (
        read(part, rows, codecs, limits, meter_of, formats, withdrawn, traits) for part in (messages[:half], messages[half:])
    )
    return Intake.join(first, second)


def describe_defect(defect: Exception) -> str:
    """Describe a defect for quarantine and log: one line of ASCII."""
    return ascii(f"{type(defect).__name__}: {defect}")[1:-1][:_LONGEST_DETAIL]


def _take_oddly(taken: _Columns, index: int, message: Message, device: str, row: int | None) -> None:
    """Take a message that the fast path does not read."""
    end = taken.mark_end()
    try:
        _take_carefully(taken, index, message, device, row)
    except Unreadable as refusal:
        reason, detail = refusal.reason, refusal.detail
    except Exception as defect:  # noqa: BLE001 -- the fence round one message: it is kept with its bytes, and counted
        reason, detail = QuarantineReason.DEFECT, describe_defect(defect)
    else:
        return
    taken.cut(index, end)
    found = Readings()
    if row is not None and not message.retained:
        taken.row_of[index] = row
        try:
            detail = _join_texts(detail, _raise(taken, message, row, found, is_readable=False))
        except Exception as defect:  # noqa: BLE001 -- the fence round one message, as above; what it may say is not known
            reason, detail, found = (
                QuarantineReason.DEFECT,
                _join_texts(detail, describe_defect(defect)),
                _read_possible_call(message),
            )
        _add(taken, index, found)
    used = bool(found.metric)
    taken.quarantined.append(Quarantined(message.topic, message.payload, message.received_at, reason, detail, used))
    taken.outcomes[index] = MessageOutcome.PARTIAL if used else MessageOutcome.QUARANTINED


def _take_carefully(taken: _Columns, index: int, message: Message, device: str, row: int | None) -> None:
    if row is None:
        form = taken.find_format(message.topic)
        if form is None:
            raise _make_unknown_device(message)
        _take_reports(taken, index, message, form)
        return
    form = find_named_format(taken.formats, taken.codecs.get(device))
    if form is not None:
        _take_reports(taken, index, message, form, row)
        return
    found = _find_codec(device, taken.codecs)(message.payload, message.received_at, taken.limits)
    if message.retained:
        _refuse_untimed(found)
        found = mark_retained(found)
    elif found.faults or found.extras:
        shows = _raise(taken, message, row, found, is_readable=not found.faults)
        if shows:
            found.faults.append((QuarantineReason.WRONG_SHAPE, shows))
    count = len(found.metric)
    taken.row_of[index] = row
    _add(taken, index, found)
    taken.extras.extend(Extra(device, name, at, message.received_at, text) for name, at, text in found.extras)
    if found.faults:
        taken.quarantined.append(_set_aside(message, found, partial=count > 0))
        taken.outcomes[index] = MessageOutcome.PARTIAL if count else MessageOutcome.QUARANTINED


def _take_reports(taken: _Columns, index: int, message: Message, form: Format, own: int | None = None) -> None:
    """Take what a message says of each device that it speaks for. A device that nobody registered costs the others nothing.

    Args:
        taken: Where it goes to.
        index: Place of the message.
        message: What came.
        form: Opens it.
        own: The roster row of the device on whose own topic it came: a report that stands alone is about that one.
    """
    reports = form.open(message.topic, message.payload, message.received_at, taken.limits)
    faults, calling, with_parts = list[tuple[QuarantineReason, str]](), list[str](), set[str]()
    first, is_alone = len(taken.metric), len(reports) == 1
    is_own = own is not None and sum(not one.is_optional for one in reports) == 1
    for report in reports:
        row = own if is_alone or (is_own and not report.is_optional) else None
        row = _find_row(taken, form, report) if row is None else row
        found = report.readings if row is None else taken.traits.explain(report.readings, row)
        if row is None:
            if (report.is_optional or report.device in with_parts) and _CALLS.isdisjoint(found.metric):
                continue
            faults.append((QuarantineReason.UNKNOWN_DEVICE, report.device))
            calling += [report.device] if not _CALLS.isdisjoint(found.metric) and not message.retained else []
            continue
        if _UNREADABLE in found.metric and row < len(taken.meter_of) and taken.meter_of[row] >= 0:
            found = drop_unreadable(found)
        if message.retained and any(mark != Mark.NONE for mark in found.mark):
            if not _PRESENCE.issuperset(found.metric):
                faults.append((QuarantineReason.RETAINED, f"{report.device}: a retained message without a time of its own"))
            continue
        if message.retained:
            found = mark_retained(found)
        begun = len(taken.metric)
        _add(taken, index, found)
        if is_alone:
            taken.row_of[index] = row
        else:
            taken.reported.append((index, row))
            taken.spans.append((begun, len(taken.metric), row))
            with_parts.add(report.device.partition("/")[0])  # whose meter is registered, that need not be
        if found.extras:
            device = taken.traits.ids[row] if row < len(taken.traits.ids) else report.device
            taken.extras += [Extra(device, name, at, message.received_at, text) for name, at, text in found.extras]
        if found.faults:
            faults += [(reason, _join_texts(f"{report.device}:", text)) for reason, text in found.faults]
    if faults:
        used = len(taken.metric) > first
        detail = _join_texts(*(text for _, text in faults))
        about = taken.row_of[index]
        device = taken.traits.ids[about] if 0 <= about < len(taken.traits.ids) else ""
        about_it = (faults[0][0], detail, used, tuple(calling), device)
        taken.quarantined.append(Quarantined(message.topic, message.payload, message.received_at, *about_it))
        taken.outcomes[index] = MessageOutcome.PARTIAL if used else MessageOutcome.QUARANTINED


def _find_row(taken: _Columns, form: Format, report: Report) -> int | None:
    """Find the roster row of the device of a report by what the message calls it, in its order."""
    row = taken.traits.find_row(form.name, report.device, taken.rows, taken.codecs)
    for name in report.names if row is None else ():
        row = taken.traits.find_row(form.name, name, taken.rows, taken.codecs)
        if row is not None:
            break
    return row


def _add(taken: _Columns, index: int, found: Readings) -> None:
    if not len(found.metric) == len(found.at) == len(found.value) == len(found.mark):
        raise ValueError("the codec returned columns of different lengths")
    taken.message += [index] * len(found.metric)
    taken.metric += found.metric
    taken.at += found.at
    taken.value += found.value
    taken.mark += found.mark


def _raise(taken: _Columns, message: Message, row: int, found: Readings, *, is_readable: bool) -> str:
    """Add to `found` the alarms that a message raises which was not read, or not wholly; what it shows, for its detail.

    They stand at their arrival: what else such a message says is not believed, its time neither.
    """
    if not _RAISED.isdisjoint(found.metric):
        return ""
    need = find_need(message.payload, is_readable=is_readable)
    alarms = list(need.alarms)
    is_meter = row < len(taken.meter_of) and taken.meter_of[row] >= 0
    if need.words and not alarms and not is_meter:
        alarms = [Metric.ALARM_UNREADABLE]
    if not alarms:
        return ""
    found.metric += [int(alarm) for alarm in alarms]
    found.at += [message.received_at] * len(alarms)
    found.value += [1.0] * len(alarms)
    found.mark += [int(Mark.UNTIMED)] * len(alarms)
    said = ", ".join(need.words or [alarm.wire_name for alarm in alarms])
    return ascii(f"taken for a call for help: {said}")[1:-1]


def _read_possible_call(message: Message) -> Readings:
    """Make the readings of a message that may be a call for help and cannot be read."""
    return Readings([int(Metric.ALARM_UNREADABLE)], [message.received_at], [1.0], [int(Mark.UNTIMED)])


def _join_texts(*details: str) -> str:
    return "; ".join(filter(None, details))[:_LONGEST_DETAIL]


def _make_unknown_device(message: Message) -> Unreadable:
    device = find_device(message.topic)
    if device is None:
        # tried again, an old message must not look like a new one
        reason = QuarantineReason.RETAINED if message.retained else QuarantineReason.UNKNOWN_TOPIC
        return Unreadable(reason, ascii(message.topic)[:80])
    return Unreadable(QuarantineReason.UNKNOWN_DEVICE, device)


def _find_codec(device: str, codecs: Mapping[str, str]) -> Codec:
    name = codecs.get(device, DEFAULT_CODEC)
    codec = CODECS.get(name)
    if codec is None:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"the fleet names a codec that does not exist: {ascii(name)[:40]}")
    return codec


def _refuse_untimed(found: Readings) -> None:
    """A retained message may be months old: without a time of its own (or with a wrong one) it says nothing about now."""
    if any(mark != Mark.NONE for mark in found.mark):
        raise Unreadable(QuarantineReason.RETAINED, "a retained message without a time of its own")


def _set_aside(message: Message, found: Readings, *, partial: bool) -> Quarantined:
    detail = _join_texts(*(text for _, text in found.faults))
    return Quarantined(message.topic, message.payload, message.received_at, found.faults[0][0], detail, partial)
