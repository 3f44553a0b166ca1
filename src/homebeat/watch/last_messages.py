"""Keeps the last message of each device, so seldom that the hot path hardly notices, and finds what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from homebeat.codecs.catalogue import DEFAULT_CODEC
from homebeat.codecs.envelope import find_format
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.inbound import Message
from homebeat.domain.last_message import LONGEST_KEPT, LastMessage
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.ingest.hints import find_hint, has_needed
from homebeat.ingest.reading import Intake, MessageOutcome
from homebeat.stream.batch import I64, NEVER, Bool
from homebeat.stream.registry import KINDS
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.misread import MisreadDevices

#: A message of a device is kept this long after the one before.
KEPT_EVERY_MS: Final = HOUR_MS
#: One with parts that could not be used, and any of a device that is not understood, sooner: somebody may be setting it up.
ODD_EVERY_MS: Final = 2 * MINUTE_MS
#: So many are kept in one tick. The others wait for the next message of their device.
MOST_AT_ONCE: Final = 200
_LONGEST_NAME: Final = 64
_MOST_NAMES: Final = 64


class LastMessages:
    """Remembers when a message of each device was last kept; after a restart each device's next one is kept.

    Args:
        misread: Is told of each device whether it is understood.
    """

    def __init__(self, misread: MisreadDevices) -> None:
        self._misread = misread
        self._kept_at: I64 = np.empty(0, np.int64)
        self._hinted: Bool = np.empty(0, np.bool_)

    def find(self, messages: Sequence[Message], intake: Intake, enrolment: Enrolment, engine: Engine) -> list[LastMessage]:
        """Find the messages of a tick to keep, at most one of each device; call it after the engine has taken them in."""
        missing = len(engine.roster.device_ids) - len(self._kept_at)
        if missing > 0:
            self._kept_at = np.concatenate([self._kept_at, np.full(missing, NEVER, np.int64)])
            self._hinted = np.concatenate([self._hinted, np.zeros(missing, np.bool_)])
        senders = intake.senders
        if not len(senders):
            return []
        rows = senders[:, 1]
        due = self._kept_at[rows] <= engine.now - KEPT_EVERY_MS
        odd = self._hinted[rows]
        if intake.quarantined:
            odd |= np.asarray(intake.outcomes, np.int8)[senders[:, 0]] != MessageOutcome.ACCEPTED
        if odd.any():
            due |= odd & (self._kept_at[rows] <= engine.now - ODD_EVERY_MS)
        places = np.flatnonzero(due)
        if not len(places):
            return []
        # the last message of each device
        _, last = np.unique(rows[places][::-1], return_index=True)
        chosen = places[::-1][last][:MOST_AT_ONCE]
        self._kept_at[rows[chosen]] = engine.now
        kept = list(self._make(senders[chosen].tolist(), messages, intake, enrolment, engine))
        self._hinted[rows[chosen]] = [one.hint is not None for one in kept]
        for one, row in zip(kept, rows[chosen].tolist(), strict=True):
            # what nobody agreed to is not read: that is no fault of the device
            self._misread.note(one.device, None if enrolment.withdrawn[row] else one.hint, one.received_at)
        return kept

    def _make(
        self, chosen: Sequence[tuple[int, int]], messages: Sequence[Message], intake: Intake, enrolment: Enrolment, engine: Engine
    ) -> Iterator[LastMessage]:
        details = {(one.topic, one.received_at): one.detail for one in intake.quarantined}
        unknown: dict[tuple[str, int], list[str]] = {}
        for extra in intake.extras:
            unknown.setdefault((extra.device, extra.received_at), []).append(extra.metric[:_LONGEST_NAME])
        for index, row in chosen:
            message, device = messages[index], engine.roster.device_ids[row]
            first, end = np.searchsorted(intake.message_of, [index, index + 1])
            metrics = intake.batch.metric[first:end][intake.batch.device[first:end] == row]
            names = tuple(dict.fromkeys(unknown.get((device, message.received_at), ())))[:_MOST_NAMES]
            read_by = _find_reader(message.topic, device, enrolment)
            kind = KINDS[int(engine.roster.device_kind[row])]
            given = has_needed(kind, metrics.tolist()) or _has_given(engine, row)
            may_keep = not enrolment.withdrawn[row]
            yield LastMessage(
                device,
                message.topic,
                message.payload[:LONGEST_KEPT] if may_keep else b"",
                message.received_at,
                read_by,
                tuple(sorted({Metric(metric).wire_name for metric in metrics.tolist()})),
                names,
                details.get((message.topic, message.received_at), "") if may_keep else "",
                find_hint(
                    kind,
                    message.payload,
                    read_by,
                    names,
                    enrolment.formats,
                    has_given=given,
                    unclaimed=enrolment.traits.find_unclaimed(row, names),
                ),
            )


def _find_reader(topic: str, device: str, enrolment: Enrolment) -> str:
    """Find the name of what reads a message of this device on this topic."""
    own = enrolment.codecs.get(device)
    form = find_format(enrolment.formats, topic)
    return own or (form.name if form is not None else DEFAULT_CODEC)


def _has_given(engine: Engine, row: int) -> bool:
    """Whether the device in this row has ever given what its kind is there for, as far as the engine knows."""
    state, meter = engine.state, int(engine.roster.device_meter[row])
    if meter >= 0:
        return bool(state.water.total_at[meter] > NEVER or state.water.suspect_at[meter] > NEVER)
    latest = any(
        state.latest.at[state.latest.line[metric], row] > NEVER
        for metric in (Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.DOOR_OPEN, Metric.BED_OCCUPIED)
    )
    return bool(latest or state.steps.at[row] > NEVER or state.signs.at[row] > NEVER)
