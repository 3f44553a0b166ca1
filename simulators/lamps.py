"""Lamps and sirens that ask: what they do when they are told, and what whoever sees or hears it does then.

They answer for themselves, as their makers' do. A resident who is at home and up to it presses a wall switch; somebody on the
floor does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from homebeat.codecs.question import BLINK, BREATHE, READ_STATE, SOUND
from simulators import chance
from simulators.makes.make import read_number, write_json
from simulators.plan import Event, StreetPlan
from simulators.street import Street

#: What a home may have: its kind in the fleet file, and the codec that carries the question.
ASKING: Final[Mapping[str, tuple[str, str]]] = {
    "lamp": ("lamp", "zigbee2mqtt"),
    "siren": ("siren", "zigbee2mqtt"),
    "tasmota": ("lamp", "tasmota"),
}
#: The topics on which they are told what to do.
TOPICS: Final = ("zigbee2mqtt/+/+/set", "zigbee2mqtt/+/+/get", "cmnd/+/POWER")
_BASE: Final = "zigbee2mqtt"
_NUMBER: Final = re.compile(r"/(?:flat|lamp)-(\d{1,9})/", re.ASCII)
#: Keeps this use of chance apart from others.
_PURPOSE: Final = 73
#: Somebody who has not seen it in one minute may see it in the next.
_MINUTE_MS: Final = 60_000


def add_asking(fleet: Mapping[str, Any], which: str) -> None:
    """Give each home of a fleet file a lamp or a siren that may ask, and a wall switch to answer with."""
    kind, codec = ASKING[which]
    for home in fleet["households"]:
        number = read_number(home["devices"][0]["id"])
        address = f"lamp-{number}" if codec == "tasmota" else f"flat-{number}/{kind}"
        home["devices"] += [
            {"id": f"{kind}-{number:05}", "kind": kind, "codec": codec, "address": address, "may_ask": True},
            {"id": f"switch-{number:05}", "kind": "motion", "codec": _BASE, "address": f"flat-{number}/switch",
             "reports_every": "P7D"},
        ]  # fmt: skip


@dataclass(frozen=True)
class LampAnswers:
    """What the lamps and sirens of a street answer, and what its residents do.

    Attributes:
        events: A person who lies still after one of them does nothing.
        willing: The share of questions that somebody who is at home and up to it notices and answers.
    """

    street: Street
    events: Iterable[Event] = ()
    willing: float = 0.9
    _rows: dict[int, int] = field(init=False, default_factory=dict)
    _plan: StreetPlan = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows of the street by the number of the home."""
        object.__setattr__(self, "_plan", StreetPlan.of(self.events))
        self._rows.update({int(number): row for row, number in enumerate(self.street.numbers)})

    def answer(self, topic: str, payload: bytes, now: int) -> list[tuple[str, bytes]]:
        """The messages (topic, payload) that follow a command that comes at `now` (epoch ms), the device's own first."""
        named = _NUMBER.search(topic)
        row = None if named is None else self._rows.get(int(named[1]))
        if row is None:
            return []
        number = int(self.street.numbers[row])
        own: list[tuple[str, bytes]] = []
        if payload == READ_STATE and topic.endswith("/get"):
            return [(topic.removesuffix("/get"), write_json({"state": "OFF", "linkquality": 90}))]
        if payload == SOUND and topic.endswith("/set"):
            own = [(topic.removesuffix("/set"), write_json({"alarm": True, "battery": 90}))]
        elif payload == BLINK and topic.endswith("/POWER"):
            own = [(f"stat/{topic.split('/')[1]}/RESULT", write_json({"POWER": "Blink ON"}))]
        elif payload != BREATHE:
            return []
        pressed = write_json({"action": "single", "linkquality": 70})
        return [*own, *([(f"{_BASE}/flat-{number}/switch", pressed)] if self._is_noticed(row, now) else [])]

    def _is_noticed(self, row: int, now: int) -> bool:
        home = int(self.street.numbers[row])
        still = any(e.is_still and e.at <= now < e.until for e in self._plan.events.get(home, ()))
        # of a home without a band nobody knows whether its resident is out
        if still or (self.street.estate.band[row] and not self.street.find_band_state(row, now).at_home):
            return False
        key = chance.mix(self.street.keys[row : row + 1] ^ np.uint64(now // _MINUTE_MS))
        return bool(chance.draw_uniform(key, _PURPOSE, 1)[0, 0] < self.willing)
