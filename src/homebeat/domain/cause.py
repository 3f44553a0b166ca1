"""One cause, many homes: which alerts of homes wait while the alert about their common cause stands, and how long.

What is about a person waits for a short time only, and never what is critical or calls for help: a quiet home in a street without
water may all the same be somebody on the floor (decision record 0042).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.domain.alert import Alert, Answer, Condition, Edge, Priority, Subject
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help

AREA_OUTAGE: Final = "area_outage"
GATEWAY_DOWN: Final = "gateway_down"
MANY_QUIET: Final = "many_quiet"

_DEVICES: Final = frozenset({"device_silent", "device_battery_low"})
_PEOPLE: Final = frozenset({"no_sign_of_life", "unknown_too_long", "no_water"})
#: Which alerts of a home wait behind which alert about its area. A cause that holds back what is about people is a matter of
#: the care desk itself: its alert names the homes, and somebody looks after them.
HOLDS: Final[Mapping[str, frozenset[str]]] = {
    AREA_OUTAGE: _PEOPLE,
    MANY_QUIET: frozenset({"no_sign_of_life", "unknown_too_long"}),
    GATEWAY_DOWN: _DEVICES,
}
#: How long an alert about a person waits while nobody has taken the alert about the cause, and while somebody has.
PATIENCE_MS: Final = 30 * MINUTE_MS
LONG_PATIENCE_MS: Final = 2 * HOUR_MS
#: How the code of the reason begins that is stored with what waits; the code of the cause follows.
BEHIND: Final = "behind_"


def list_causes(rule: str, area: AreaId, building: str, gateway: str) -> list[tuple[str, str]]:
    """List rule and subject key of every alert behind which an alert of a home may have to wait, those of small groups first.

    Args:
        rule: Of the alert of the home.
        area: In which the home lies.
        building: Of the home; empty where it is not known.
        gateway: Of the device that the alert is about; empty for none.
    """
    parts = [Subject(area=area, gateway=gateway)] if gateway else []
    parts += [Subject(area=area, building=building)] if building else []
    codes = [code for code, rules in HOLDS.items() if rule in rules]
    return [(code, one.key) for code in codes for one in (*parts, Subject(area=area))]


def name_part(subject: Subject) -> dict[str, str]:
    """Name the part of an area that an alert is about, as parameters of its reason; nothing for a whole area."""
    parts = {"building": subject.building, "gateway": subject.gateway}
    return {name: part for name, part in parts.items() if part}


def is_behind(cause: Alert, edge: Edge) -> bool:
    """Whether an alert about an area is a cause behind which this edge of one of its homes may wait."""
    if edge.rule not in HOLDS.get(cause.rule, frozenset()) or edge.priority is Priority.CRITICAL or is_call_for_help(edge.rule):
        return False
    return cause.condition is Condition.FIRING and cause.answer is not Answer.RESOLVED


def is_listed_with(cause: Alert, alert: Alert, now: int) -> bool:
    """Whether the desk shows an alert of a home that a cause names with that cause, and not beside it, at `now` (epoch ms).

    It was opened before the cause was found. What is critical, calls for help or is taken stands by itself; so does what is
    about a person, after the time for which it would have waited behind the cause.
    """
    if (
        alert.rule not in HOLDS.get(cause.rule, frozenset())
        or alert.priority is Priority.CRITICAL
        or is_call_for_help(alert.rule)
    ):
        return False
    if alert.answer is not Answer.UNACKNOWLEDGED or cause.condition is not Condition.FIRING:
        return False
    return alert.rule not in _PEOPLE or now < alert.opened_at + PATIENCE_MS


def compute_end(cause: Alert, edge: Edge, held_at: int) -> int | None:
    """Compute until when an edge waits as things stand, epoch ms; None for as long as the cause stands.

    Args:
        cause: The alert behind which it waits.
        edge: What waits.
        held_at: Since when it waits, epoch ms.
    """
    if edge.rule not in _PEOPLE:
        return None
    return held_at + (LONG_PATIENCE_MS if cause.answer is Answer.ACKNOWLEDGED else PATIENCE_MS)
