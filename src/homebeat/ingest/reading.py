"""From messages to a batch: who sent each, what it says, and what was set aside. Every message is accounted for once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np

from homebeat.codecs.catalogue import CODECS, DEFAULT_CODEC, PREFIX, READINGS, Codec, device_of
from homebeat.codecs.native import decode_plainly
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import Extra, Message, Quarantined, QuarantineReason
from homebeat.stream.batch import I32, I64, Batch

_DEFAULT_LIMITS: Final = Limits()
_NO_CODECS: Final[Mapping[str, str]] = {}
_LONGEST_DETAIL: Final = 500
_PREFIX_LENGTH: Final = len(PREFIX)
_SUFFIX_LENGTH: Final = len(READINGS)


class Outcome(IntEnum):
    """What became of one message; the ledger adds these up."""

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
        quarantined: One per message that was set aside whole or in part.
        heard_rows: Roster row of each message that proves its device alive, int32[<= m]: one that gave a reading
            (a HEARTBEAT too). A message of faults only proves nothing, nor does one the broker kept.
        heard_at: Arrival of each of those, epoch ms, int64[<= m].
        outcomes: What became of each message, length m.
        unmeasured: How many values meant "not measured".
    """

    batch: Batch
    message_of: I32
    extras: list[Extra]
    quarantined: list[Quarantined]
    heard_rows: I32
    heard_at: I64
    outcomes: list[Outcome]
    unmeasured: int = 0

    def count(self) -> dict[Outcome, int]:
        """Messages by outcome; the sum is the number of messages."""
        counted = Counter(self.outcomes)
        return {outcome: counted[outcome] for outcome in Outcome}


@dataclass(slots=True)
class _Columns:
    """Plain lists while reading; arrays once at the end."""

    device: list[int] = field(default_factory=list)
    metric: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    mark: list[int] = field(default_factory=list)
    message: list[int] = field(default_factory=list)


def read(
    messages: Sequence[Message], rows: Mapping[str, int], codecs: Mapping[str, str] = _NO_CODECS, limits: Limits = _DEFAULT_LIMITS
) -> Intake:
    """Read messages into one batch.

    Args:
        messages: In arrival order; `received_at` never decreasing.
        rows: Device id -> row in the roster; a device not in it is unknown.
        codecs: Device id -> name of its codec, for those whose fleet entry names one.
        limits: Sizes and times beyond which things are refused.
    """
    columns = _Columns()
    extras: list[Extra] = []
    quarantined: list[Quarantined] = []
    outcomes: list[Outcome] = []
    heard_rows: list[int] = []
    heard_at: list[int] = []
    unmeasured = 0
    default = CODECS[DEFAULT_CODEC]
    for index, message in enumerate(messages):
        topic, payload, received_at, _, retained = message
        device = topic[_PREFIX_LENGTH:-_SUFFIX_LENGTH]
        row = rows.get(device) if topic.startswith(PREFIX) and topic.endswith(READINGS) else None
        try:
            if row is None:
                raise _stranger(topic)
            if payload[:1] == b"{" and not retained and (not codecs or device not in codecs):
                before = len(columns.metric)
                plain = decode_plainly(payload, received_at, limits, columns.metric, columns.value)
                if plain is not None:
                    _place(columns, plain[0], plain[1], row, received_at, index, len(columns.metric) - before)
                    unmeasured += plain[2]
                    heard_rows.append(row)
                    heard_at.append(received_at)
                    outcomes.append(Outcome.ACCEPTED)
                    continue
            codec = _codec_of(device, codecs) if codecs else default
            found = codec(payload, received_at, limits)
            if retained:
                _refuse_untimed(found)
        except Unreadable as refusal:
            quarantined.append(Quarantined(topic, payload, received_at, refusal.reason, refusal.detail))
            outcomes.append(Outcome.QUARANTINED)
            continue
        count = len(found.metric)
        if count:
            _extend(columns, found, row, received_at, index, count)
        if found.extras:
            extras.extend(Extra(device, name, at, received_at, text) for name, at, text in found.extras)
        unmeasured += found.unmeasured
        used = count > 0
        if found.faults:
            quarantined.append(_set_aside(message, found, partial=used))
        if used:
            if not retained:
                heard_rows.append(row)
                heard_at.append(received_at)
            outcomes.append(Outcome.PARTIAL if found.faults else Outcome.ACCEPTED)
        else:
            outcomes.append(Outcome.QUARANTINED)
    batch = Batch.of(columns.device, columns.metric, columns.at, columns.received, columns.value, columns.mark)
    return Intake(
        batch,
        np.asarray(columns.message, np.int32),
        extras,
        quarantined,
        np.asarray(heard_rows, np.int32),
        np.asarray(heard_at, np.int64),
        outcomes,
        unmeasured,
    )


def _place(columns: _Columns, at: int, mark: int, row: int, received_at: int, index: int, count: int) -> None:
    """Fill the columns beside `count` readings of one entry; metric and value are there already."""
    if count == 1:
        columns.device.append(row)
        columns.at.append(at)
        columns.received.append(received_at)
        columns.mark.append(mark)
        columns.message.append(index)
        return
    columns.device += [row] * count
    columns.at += [at] * count
    columns.received += [received_at] * count
    columns.mark += [mark] * count
    columns.message += [index] * count


def _extend(columns: _Columns, found: Readings, row: int, received_at: int, index: int, count: int) -> None:
    columns.device += [row] * count
    columns.received += [received_at] * count
    columns.message += [index] * count
    columns.metric += found.metric
    columns.at += found.at
    columns.value += found.value
    columns.mark += found.mark


def _stranger(topic: str) -> Unreadable:
    device = device_of(topic)
    if device is None:
        return Unreadable(QuarantineReason.UNKNOWN_TOPIC, ascii(topic)[:80])
    return Unreadable(QuarantineReason.UNKNOWN_DEVICE, device)


def _codec_of(device: str, codecs: Mapping[str, str]) -> Codec:
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
    detail = "; ".join(text for _, text in found.faults)[:_LONGEST_DETAIL]
    return Quarantined(message.topic, message.payload, message.received_at, found.faults[0][0], detail, partial)
