"""One object on its way into readings, and how a single value of it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from homebeat.codecs.fields import NamedValue
from homebeat.codecs.plain import LARGEST
from homebeat.codecs.reports import put, show
from homebeat.codecs.values import add_fault
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

_LONGEST_NAME: Final = 64
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class ObjectFrame(NamedTuple):
    """One object on its way into readings: where they go to, when they hold, and what else reading needs."""

    readings: Readings
    at: int
    mark: Mark
    received_at: int
    limits: Limits
    maker: Mapping[str, NamedValue]

    def put(self, metric: Metric | Raw, value: float) -> None:
        """Add a reading that is known to be good."""
        put(self.readings, metric, value, self.at, self.mark)

    def show(self, name: str, value: object) -> None:
        """Keep a value that nothing judges."""
        show(self.readings, name, value, self.at, self.limits)

    def call(self, name: str) -> None:
        """Raise what nobody explained, so that somebody looks."""
        self.put(Metric.ALARM_UNREADABLE, 1.0)
        add_fault(self.readings, QuarantineReason.WRONG_SHAPE, name[:_LONGEST_NAME], "taken for a call for help")


def read_number(value: object, words: Mapping[str, float]) -> float | None:
    """Read a number, a flag, or a word for one; None where it is none."""
    if isinstance(value, float | int):
        return value if -LARGEST <= value <= LARGEST else None  # False and True are 0 and 1
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    if words:
        return words.get(text.replace(" ", "_"))
    return float(text) if _NUMBER.fullmatch(text) else None


def read_word(value: object) -> str:
    """Read a word in small letters; nothing where it is no text."""
    return value.strip().lower().replace(" ", "_") if isinstance(value, str) and value.isprintable() else ""
