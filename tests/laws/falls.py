"""The slow, obvious way to judge falls, written from the rule's docstring; and homes in which much falls, and gets up again.

Times in ms after START, as in `streets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import strategies as st

from homebeat.domain.fleet import Household
from homebeat.domain.metric import Metric
from tests.laws.oracle import GRID, folded
from tests.laws.streets import MINUTE, Sent, Street, home_of

CONFIRM, LASTS, TOGETHER, OFF_FOR, REPEATED, GLANCE = (
    MINUTE, 10 * MINUTE, 5 * MINUTE, 10 * MINUTE, MINUTE // 2, 10 * MINUTE,
)  # fmt: skip
STEP = 10_000
_ALARMS = {"fall": Metric.ALARM_FALL, "sos": Metric.ALARM_SOS, "ok": Metric.ALARM_OK}
_ACTS = ("fall", "fall", "fall", "walks", "walks", "still", "still", "worn", "off", "door", "sos", "ok", "nothing", "nothing")


@st.composite
def restless(draw: st.DrawFn) -> Street:
    """Somebody alone with a band and a door: something every ten seconds or every few minutes, flags sometimes held up."""
    home: Household = home_of(0, 1, 0, 1, None, "a")
    band, door = (d.id for d in home.devices)
    sent, count, is_open, at = [Sent(band, Metric.STEPS, 0, 1, 100.0), Sent(door, Metric.DOOR_OPEN, 0, 1, 0.0)], 100.0, 0.0, 0
    for act in draw(st.lists(st.sampled_from(_ACTS), min_size=4, max_size=25)):
        at += draw(st.sampled_from((STEP, STEP, 3 * STEP, MINUTE, 4 * MINUTE)))
        if act in _ALARMS:
            sent.append(Sent(band, _ALARMS[act], at, at + draw(st.sampled_from((0, 1_000, 1_000, 7 * MINUTE))), 1.0))
        elif act in {"walks", "still"}:
            count += 12.0 if act == "walks" else 0.0
            sent.append(Sent(band, Metric.STEPS, at, at + 1_000, count))
        elif act in {"worn", "off"}:
            sent.append(Sent(band, Metric.WORN, at, at + 1_000, float(act == "worn")))
        elif act == "door":
            is_open = 1.0 - is_open
            sent.append(Sent(door, Metric.DOOR_OPEN, at, at + 1_000, is_open))
    return Street((home,), tuple(sorted(sent, key=lambda s: s.received)), at + 20 * MINUTE)


class Falls:
    """Everything known about one band's flags at an instant."""

    def __init__(self, street: Street, now: int, folded_at: int) -> None:
        self.now, self.folded_at = now, folded_at
        self.sent = [s for s in street.sent if s.received <= now]
        self.flags = [s for s in self.sent if s.metric is Metric.ALARM_FALL]
        self.newest = max((s.observed for s in self.flags), default=None)
        self.taken_back = max((s.observed for s in self.sent if s.metric is Metric.ALARM_OK), default=-1)
        self.raised = self.newest is not None and self.newest > self.taken_back
        self.first, self.arrived, self.last, self.before = self._run()

    def _run(self) -> tuple[int, int, int, int | None]:
        """(time and arrival of the newest flag, arrival of its last repetition, time of the flag before)."""
        first = arrived = last_at = last = -1
        before: int | None = None
        for flag in self.flags:
            if flag.observed > last_at:
                if last_at < 0 or flag.observed - last_at > REPEATED:
                    before = None if last_at < 0 else last_at
                    first, arrived = flag.observed, flag.received
                last_at, last = flag.observed, flag.received
            elif flag.observed < first - REPEATED:
                before = max(flag.observed, -1 if before is None else before)
        return (first, arrived, last, before) if first > self.taken_back else (last_at, last, last, before)

    def _seen(self) -> list[Sent]:
        """Readings that are folded, or were glanced at while a fall was fresh."""
        return [s for s in self.sent if not s.metric.is_alarm and (folded(s) <= self.folded_at or self._glanced(s))]

    def _glanced(self, s: Sent) -> bool:
        looks = range(-(-s.received // GRID) * GRID, self.folded_at + 1, GRID)
        return any(0 <= look - flag.received < GLANCE for look in looks for flag in self.flags)

    def moved(self) -> bool:
        seen = sorted(self._seen(), key=lambda s: s.observed)
        steps = [s for s in seen if s.metric is Metric.STEPS]
        doors = [s for s in seen if s.metric is Metric.DOOR_OPEN]
        after = [low.observed for low, high in pairwise(steps) if high.value > low.value]
        after += [shut.observed - 1 for _, shut in pairwise(doors)]
        return any(self.newest is not None and begun >= self.newest for begun in after)

    def off(self) -> bool:
        words = sorted(
            (s for s in self.sent if s.metric is Metric.WORN and folded(s) <= self.folded_at), key=lambda s: s.observed
        )
        if not words or words[-1].value > 0:
            return False
        worn = max((s.observed for s in words if s.value > 0), default=None)
        return worn is None or worn < self.first - OFF_FOR

    def strong(self) -> bool:
        called = any(
            s.metric is Metric.ALARM_SOS and s.observed > self.taken_back and abs(s.observed - self.first) <= TOGETHER
            for s in [max((s for s in self.sent if s.metric is Metric.ALARM_SOS), key=lambda s: s.observed, default=_NONE)]
        )
        again = self.before is not None and 0 <= self.first - self.before <= TOGETHER
        return called or (again and not self.off())

    def verdict(self) -> str:
        if not self.raised:
            return "clear"
        lowered = self.moved() or self.off()
        if self.now - self.last < LASTS and (self.now - self.arrived < CONFIRM or not lowered):
            return "fires"
        return "clear" if lowered else "unknown"

    def confirmed(self) -> bool:
        waited = self.now - self.arrived >= CONFIRM and not (self.moved() or self.off())
        return self.raised and (self.strong() or waited)

    def since(self) -> int:
        if not self.confirmed():
            return self.first
        return self.first + (1 if self.strong() else CONFIRM)


_NONE = Sent("", Metric.HEARTBEAT, 0, 0, 0.0)


def edges(street: Street) -> list[tuple[int, str, str]]:
    """(at, opened, reopened or cleared, priority) of `fall`."""
    out: list[tuple[int, str, str]] = []
    since: int | None = None
    for now, folded_at in _instants(street):
        seen = Falls(street, now, folded_at)
        verdict, urgency = seen.verdict(), "critical" if seen.confirmed() else "high"
        if verdict == "fires" and since is None:
            since = seen.since()
            out.append((now, "opened", urgency))
        elif verdict == "fires" and since is not None and seen.since() > since:
            since = seen.since()
            out.append((now, "reopened", urgency))
        elif verdict == "clear" and since is not None:
            since = None
            out.append((now, "cleared", ""))
    return out


def _instants(street: Street) -> Iterator[tuple[int, int]]:
    """Each instant with the last one of the grid at which readings were taken in."""
    alarms = sorted({s.received for s in street.sent if s.metric.is_alarm and s.device.startswith("b")})
    marks = [(at, 0, at - 1) for at in alarms] + [(at, 1, at) for at in range(0, street.until + 1, GRID)]
    for at, _, upto in sorted(marks):
        if at <= street.until:
            yield at, upto // GRID * GRID
