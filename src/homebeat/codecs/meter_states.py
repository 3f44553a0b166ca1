"""Reads what decoders of meters say of the meter's own state: a flag for each trouble, words, or a byte of bits.

Of all that one object says at one time the worst holds: a leak that is not there makes no burst pipe fine. Nor does it where
something is raised that nobody explains, and whose name speaks of trouble: the state is then `OTHER`, as for an unknown word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from homebeat.codecs.wire import Readings
from homebeat.domain.metric import MeterStatus, Metric, find_worst_status, read_meter_status

_STATUS: Final = int(Metric.METER_STATUS)
#: By state, the names of its flag, in small letters and without underscores; each with any of the endings.
_FLAGS: Final = {
    MeterStatus.LEAK: "leak leakage waterleak waterleakage leaking flood flooding",
    MeterStatus.BURST: "burst bursting pipeburst burstpipe waterburst",
    MeterStatus.BACKFLOW: "backflow backwardflow reverseflow reversedflow waterbackflow reverse reversed",
    MeterStatus.DRY: "emptypipe pipeempty dryrun airinpipe meterdry drymeter",
    MeterStatus.BLOCKED: "blocked meterblocked blockedmeter meterstuck",
}
_ENDINGS: Final = ("", "alarm", "alert", "detected", "detection", "event", "flag", "state", "status", "warning")
#: The state of which a name is the flag.
STATE_FLAGS: Final[Mapping[str, MeterStatus]] = {
    name + ending: status for status, names in _FLAGS.items() for name in names.split() for ending in _ENDINGS
}
#: Beside one of these, `dry` is a meter's; alone it may be a leak sensor's word for "all is well".
BESIDE_DRY: Final = frozenset(
    written
    for name in ("burst", "reverse", "backflow", "reverse_flow", "reverseFlow", "back_flow", "backFlow", "blocked")
    for written in (name, name[0].upper() + name[1:], name.upper())
)
_RAISED: Final = frozenset({"1", "true", "on", "yes", "active", "alarm", "triggered", "detected", "high", "set"})
_TROUBLE: Final = re.compile(
    r"leak|burst|backflow|backward|reverse|emptypipe|pipeempty|airinpipe|dryrun|blocked|stuck|tamper|fraud|sabotage|freez|frost|"
    r"fault|error|fail|malfunction|alarm|warning"
)
_CODED: Final = re.compile(r"fault|error|fail|malfunction|alarm|warning")
#: Names of counts, limits and settings, and of what was.
_NO_FLAG: Final = re.compile(
    r"count|times|time$|duration|last|prev|threshold|limit|delay|interval|config|setting|enable|total|number|history|volume|id$"
)
_DENIED: Final = ("no ", "no_", "not ", "not_")
_DEEPEST: Final = 2
#: Bits of the states of a Qalcosonic meter: what of the upper half means, and of the lower. In short frames the bit 0x10, which
#: says that it holds now, stands beside most; in long ones it does not.
_UPPER: Final = {0x10: MeterStatus.DRY, 0x20: MeterStatus.LEAK, 0x30: MeterStatus.LEAK, 0x60: MeterStatus.BACKFLOW,
                 0x70: MeterStatus.BACKFLOW, 0xA0: MeterStatus.BURST, 0xB0: MeterStatus.BURST,
                 0xD0: MeterStatus.TAMPER}  # fmt: skip
_LOWER: Final = ((0x08, MeterStatus.ERROR), (0x04, MeterStatus.LOW_BATTERY))


def read_state_bits(code: int) -> MeterStatus:
    """Read the byte of states of a Qalcosonic meter."""
    upper = _UPPER.get(code & 0xF0)
    if upper is not None:
        return upper
    return next((status for bit, status in _LOWER if code & bit), MeterStatus.OTHER if code else MeterStatus.OK)


def read_state_words(text: str) -> MeterStatus:
    """Read words for a meter's state, OTHER where they are unknown. `no burst` is none."""
    return MeterStatus.OK if text.strip().lower().startswith(_DENIED) else read_meter_status(text)


def settle_states(readings: Readings, at: int, unexplained: Mapping[str, object]) -> None:
    """Keep of all states of one time the worst; none is OK where something unexplained is raised.

    Args:
        readings: Of one device; changed in place.
        at: The time, epoch ms.
        unexplained: Values of the object that nothing explains, by name.
    """
    places = [place for place, metric in enumerate(readings.metric) if metric == _STATUS and readings.at[place] == at]
    if not places:
        return
    worst = find_worst_status(MeterStatus(int(readings.value[place])) for place in places)
    if worst is MeterStatus.OK and any(_is_trouble(name, value) for name, value in unexplained.items()):
        worst = MeterStatus.OTHER
    readings.value[places[0]] = float(worst)
    for place in reversed(places[1:]):
        del readings.metric[place], readings.at[place], readings.value[place], readings.mark[place]


def _is_trouble(name: str, value: object, depth: int = 0) -> bool:
    """Whether an unexplained value is a raised flag whose name speaks of trouble, or has one inside."""
    if isinstance(value, dict):
        return depth < _DEEPEST and any(_is_trouble(f"{name}{part}", each, depth + 1) for part, each in value.items())
    if isinstance(value, list):
        return any(isinstance(each, str) and _speaks_of_trouble(each) for each in value)
    if not _speaks_of_trouble(name):
        return False
    if isinstance(value, str):
        text = value.strip().lower()
        return text in _RAISED or (_speaks_of_trouble(text) and not text.startswith("no"))
    if not isinstance(value, int | float):
        return False
    # under a name of a fault any number but 0 is a code; a number of a leak or of reverse flow may be an amount
    return value == 1 or (value != 0 and _CODED.search(name.lower()) is not None)


@lru_cache(maxsize=2048)
def _speaks_of_trouble(text: str) -> bool:
    tidy = text.replace("_", "").replace("-", "").replace(" ", "").lower()
    return _TROUBLE.search(tidy) is not None and _NO_FLAG.search(tidy) is None
