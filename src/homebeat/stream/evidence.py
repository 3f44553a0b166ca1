"""What kind of news a reading is: a rule is judged again only on news that it looks at."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

import numpy as np

from homebeat.domain.metric import Metric
from homebeat.stream.batch import U8


class Evidence(IntFlag):
    """Kinds of news about a row."""

    HEARD = 1  # something arrived, whatever it says
    ALARM = 2  # a device raised or took back an alarm
    WATER = 4  # a total, or what a meter says of itself
    VALUE = 8  # a measured value
    LIFE = 16  # a sign of life, a proof of coverage, or a report on presence
    PRESENCE = 32  # somebody left or came home, or a declared absence began or ended
    DAY = 64  # a day of a resident was closed
    ALL = 127


_LIFE: Final = (
    Metric.VOLUME_M3, Metric.METER_STATUS, Metric.STEPS, Metric.MOTION, Metric.DOOR_OPEN, Metric.BED_OCCUPIED, Metric.WORN,
    Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.AT_HOME, Metric.HEARTBEAT, Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED,
    Metric.ALARM_OK,
)  # fmt: skip
_WATER: Final = (Metric.VOLUME_M3, Metric.METER_STATUS)
_NEWS: Final[U8] = np.full(256, int(Evidence.VALUE), np.uint8)
for _m in _LIFE:
    _NEWS[_m] |= int(Evidence.LIFE)
_NEWS[Metric.AT_HOME] |= int(Evidence.PRESENCE)
for _m in _WATER:
    _NEWS[_m] = int(Evidence.LIFE | Evidence.WATER)
for _m in Metric:
    if _m.is_alarm:
        _NEWS[_m] = (_NEWS[_m] & int(Evidence.LIFE)) | int(Evidence.ALARM)


def find_news(metric: U8) -> int:
    """Find all kinds of news among readings of these metrics (uint8[n]), as `Evidence` bits."""
    return int(np.bitwise_or.reduce(_NEWS[metric], initial=0))
