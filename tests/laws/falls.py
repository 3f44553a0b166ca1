"""The slow, obvious way to judge falls, written from the rule's docstring; and homes in which much falls, and gets up again.

Times in ms after START, as in `streets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st

from homebeat.domain.fleet import Household
from homebeat.domain.metric import Metric
from tests.laws.oracle import GRID, folded
from tests.laws.streets import HOUR, MINUTE, Sent, Street, home_of

CONFIRM, LASTS, TOGETHER, OFF_FOR, REPEATED, GLANCE, HELD_UP, LONG_PAST = (
    MINUTE, 10 * MINUTE, 5 * MINUTE, 10 * MINUTE, MINUTE // 2, 10 * MINUTE, 5 * MINUTE, 30 * MINUTE,
)  # fmt: skip
#: How far a band's clock is off as it sends an alarm: fast, an hour back, or as good as right.
CLOCKS = (0, 0, 0, 2 * MINUTE, -HOUR, -37 * HOUR)
STEP = 10_000
_ALARMS = {"fall": Metric.ALARM_FALL, "sos": Metric.ALARM_SOS, "ok": Metric.ALARM_OK}
_ACTS = ("fall", "fall", "fall", "walks", "walks", "still", "still", "worn", "off", "door", "sos", "ok", "nothing", "nothing")


@st.composite
def restless(draw: st.DrawFn) -> Street:
    """Somebody alone with a band and a door: something every ten seconds or every few minutes.

    Flags and words are sometimes held up, delivered twice, or carry the time of a clock that is wrong.
    """
    home: Household = home_of(0, 1, 0, 1, None, "a")
    band, door = (d.id for d in home.devices)
    sent, count, is_open, at = [Sent(band, Metric.STEPS, 0, 1, 100.0), Sent(door, Metric.DOOR_OPEN, 0, 1, 0.0)], 100.0, 0.0, 0
    for act in draw(st.lists(st.sampled_from(_ACTS), min_size=4, max_size=25)):
        at += draw(st.sampled_from((STEP, STEP, 3 * STEP, MINUTE, 4 * MINUTE)))
        if act in _ALARMS:
            arrives = at + draw(st.sampled_from((0, 1_000, 1_000, 7 * MINUTE)))
            sent.append(Sent(band, _ALARMS[act], at + draw(st.sampled_from(CLOCKS)), arrives, 1.0))
            # delivered twice, or pressed again by a clock that stands still
            sent += [replace(sent[-1], received=arrives + draw(st.sampled_from((0, STEP))))] * draw(st.sampled_from((0, 0, 1)))
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
    """Everything known about one band's alarms at an instant, in order of arrival; what is delivered twice counts once."""

    def __init__(self, street: Street, now: int, folded_at: int) -> None:
        self.now, self.folded_at = now, folded_at
        self.sent = [s for s in street.sent if s.received <= now]
        alarms = {(s.metric, s.observed): s for s in reversed(self.sent) if s.metric.is_alarm}
        # of what arrives together the alarm counts, and not the word
        self.alarms = sorted(alarms.values(), key=lambda s: (s.received, s.metric is Metric.ALARM_OK))
        self.flags = [s for s in self.alarms if s.metric is Metric.ALARM_FALL]
        self.newest = self.flags[-1] if self.flags else None
        self.first, self.before = self._run()

    def _run(self) -> tuple[Sent | None, Sent | None]:
        """(the newest flag of a fall, the flag before that was of another); repetitions are of the same fall."""
        first = before = last = None
        for flag in self.flags:
            soon = last is not None and max(abs(flag.observed - last.observed), flag.received - last.received) <= REPEATED
            if last is None or not soon:
                first, before = flag, last
            elif self._is_taken_back(last, before=flag.received):
                first = flag
            last = flag
        return first, before

    def _is_taken_back(self, alarm: Sent, before: int | None = None) -> bool:
        """A word arrived later, before any other flag, and was not held up since before the alarm."""
        words = (s for s in self.alarms if s.metric is Metric.ALARM_OK and s.received > alarm.received)
        return any(
            not (word.received - word.observed > HELD_UP and word.observed < alarm.observed)
            for word in words
            if before is None or word.received < before
        )

    @property
    def raised(self) -> bool:
        return self.newest is not None and not self._is_taken_back(self.newest)

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
        return any(self.newest is not None and begun >= _fell_at(self.newest) for begun in after)

    def off(self) -> bool:
        words = sorted(
            (s for s in self.sent if s.metric is Metric.WORN and folded(s) <= self.folded_at), key=lambda s: s.observed
        )
        if not words or words[-1].value > 0 or self.first is None:
            return False
        worn = max((s.observed for s in words if s.value > 0), default=None)
        return worn is None or worn < min(_fell_at(self.first), self.first.received) - OFF_FOR

    def strong(self) -> bool:
        assert self.first is not None
        calls = [s for s in self.alarms if s.metric is Metric.ALARM_SOS][-1:]
        called = any(
            not self._is_taken_back(sos)
            and min(abs(sos.observed - self.first.observed), abs(sos.received - self.first.received)) <= TOGETHER
            for sos in calls
        )
        again = self.before is not None and REPEATED < abs(self.first.observed - self.before.observed) <= TOGETHER
        return called or (again and not self.off())

    def verdict(self) -> str:
        if not self.raised or self.newest is None or self.first is None:
            return "clear"
        lowered = self.moved() or self.off()
        if self.now - self.newest.received < LASTS and (self.now - self.first.received < CONFIRM or not lowered):
            return "fires"
        return "clear" if lowered else "unknown"

    def confirmed(self) -> bool:
        waited = self.first is not None and self.now - self.first.received >= CONFIRM and not (self.moved() or self.off())
        return self.raised and (self.strong() or waited)

    def news(self) -> tuple[int, int]:
        """When the flag arrived, and by its own time when it was flagged or confirmed."""
        assert self.first is not None
        later = 0 if not self.confirmed() else 1 if self.strong() else CONFIRM
        return self.first.received, self.first.observed + later


def _fell_at(flag: Sent) -> int:
    """A flag that is long past when it arrives was held up, or its clock went back: from its arrival on."""
    return flag.received if flag.received - flag.observed >= LONG_PAST else flag.observed


def edges(street: Street) -> list[tuple[int, str, str]]:
    """(at, opened, reopened or cleared, priority) of `fall`."""
    out: list[tuple[int, str, str]] = []
    since: tuple[int, int] | None = None
    for now, folded_at in _instants(street):
        seen = Falls(street, now, folded_at)
        verdict, urgency = seen.verdict(), "critical" if seen.confirmed() else "high"
        if verdict == "fires" and since is None:
            since = seen.news()
            out.append((now, "opened", urgency))
        elif verdict == "fires" and since is not None and seen.news() > since:
            since = seen.news()
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
