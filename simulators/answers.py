"""Bands that are asked whether all is well: most wearers answer, somebody on the floor does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from simulators import chance
from simulators.plan import Event, StreetPlan
from simulators.street import Street

#: The topic that bands subscribe to.
COMMANDS = "homebeat/v1/+/commands"
#: Keeps this use of chance apart from others.
_PURPOSE = 71


@dataclass(frozen=True)
class BandAnswers:
    """What the wearers of a street's bands answer.

    Attributes:
        events: A person who lies still after one of them answers nothing.
        willing: The share of questions that somebody who wears the band, and is up to it, answers.
    """

    street: Street
    events: Iterable[Event] = ()
    willing: float = 0.9
    _rows: dict[str, int] = field(init=False, default_factory=dict)
    _plan: StreetPlan = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows of the street by band."""
        object.__setattr__(self, "_plan", StreetPlan.of(self.events))
        self._rows.update({band: row for row, band in enumerate(self.street.bands) if self.street.estate.band[row]})

    def answer(self, topic: str, payload: bytes, now: int) -> tuple[str, bytes] | None:
        """The message (topic, payload) that answers a command that reaches a band at `now` (epoch ms), or None for silence.

        The same question is answered the same way however often it comes.
        """
        row = self._rows.get(topic.split("/")[2]) if topic.count("/") == 3 else None
        command = _read(payload)
        if row is None or command.get("command") != "ask" or _read_expiry(command) <= now or not self._is_up(row, now):
            return None
        if not self._does_answer(row, str(command.get("id"))):
            return None
        body = json.dumps({"at": now, "alarm": "ok"}).encode()
        return f"homebeat/v1/{self.street.bands[row]}/readings", body

    def _is_up(self, row: int, now: int) -> bool:
        home = int(self.street.numbers[row])
        still = any(e.is_still and e.at <= now < e.until for e in self._plan.events.get(home, ()))
        return not still and bool(self.street.find_band_state(row, now).worn)

    def _does_answer(self, row: int, question: str) -> bool:
        number = int.from_bytes(question.encode()[-7:], "big")
        key = chance.mix(self.street.keys[row : row + 1] ^ np.uint64(number))
        return bool(chance.draw_uniform(key, _PURPOSE, 1)[0, 0] < self.willing)


def _read(payload: bytes) -> dict[str, object]:
    with suppress(ValueError):
        found = json.loads(payload)
        if isinstance(found, dict):
            return found
    return {}


def _read_expiry(command: dict[str, object]) -> float:
    with suppress(ValueError):
        return datetime.fromisoformat(str(command.get("expires_at"))).timestamp() * 1000
    return 0.0
