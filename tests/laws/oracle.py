"""The slow, obvious way: per device dictionaries and loops over all readings, for readings that come within the lateness.

Written from the rules' docstrings, without numpy and without state. Times in ms after START, as in `streets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from homebeat.domain.fleet import Device, Household
from homebeat.domain.metric import Metric
from tests.laws.streets import HOUR, LATENESS, MINUTE, START, Sent, Street

GRID = 30_000
SLOT = 600_000
SLOTS = 192  # 32 hours
CONTACTS = (Metric.DOOR_OPEN, Metric.BED_OCCUPIED)


def on_grid(at: int) -> int:
    """The first instant of the grid at or after `at`."""
    return -(-at // GRID) * GRID


def of_device(street: Street, device: str, metric: Metric) -> list[Sent]:
    return sorted((s for s in street.sent if s.device == device and s.metric is metric), key=lambda s: s.observed)


def folded(sent: Sent) -> int:
    """When the engine takes a reading in."""
    return on_grid(max(sent.received, sent.observed + LATENESS))


# ---- silence: by arrival


def silences(street: Street, device: str, every_ms: int) -> list[tuple[int, str]]:
    """(at, kind) of every edge of `device_silent`."""
    limit = max(3 * every_ms, 15 * MINUTE) if every_ms < 12 * HOUR else every_ms * 3 // 2
    home = next(home for home in street.homes if any(d.id == device for d in home.devices))
    is_band = any(d.id == device and d.kind == "wristband" for d in home.devices)
    absences = [tuple(round(t.timestamp() * 1000) - START for t in (a.starts_at, a.ends_at)) for a in home.away if a.ends_at]
    heard, out = 0, []
    for arrival in [*sorted({s.received for s in street.sent if s.device == device}), street.until + HOUR]:
        fires = on_grid(heard + limit)
        for begins, ends in absences:
            # a band may lie at home, switched off, until its wearer is back
            if is_band and begins <= fires:
                fires = on_grid(max(heard, ends) + limit)
        if fires <= street.until and fires < on_grid(arrival):
            out.append((fires, "opened"))
            if on_grid(arrival) <= street.until:
                out.append((on_grid(arrival), "cleared"))
        heard = arrival
    return out


# ---- water: totals that can be believed


@dataclass
class Register:
    """What is known of one meter at the end."""

    newest: int | None
    litres: float
    gap: tuple[int, int] | None


def register(street: Street, meter: str, window: int) -> Register:
    """The volume of the window before the newest total, and the newest interval too long to tell its hours apart."""
    totals = [(s.observed, s.value * 1000) for s in of_device(street, meter, Metric.VOLUME_M3) if folded(s) <= street.until]
    if not totals:
        return Register(None, 0, None)
    newest, last = totals[-1]
    begins = (newest - window) // (HOUR // 2) * (HOUR // 2)
    before = [value for at, value in totals if at <= begins] or [totals[0][1]]
    gap = None
    for (earlier, _), (at, _) in pairwise(totals):
        if at - earlier > 3 * HOUR:
            gap = (earlier, at)
    return Register(newest, round(last - before[-1], 1), gap)


def hours(street: Street, meter: str) -> dict[int, float | None]:
    """Litres of each whole hour (hours after START) that has ended before the newest total; None where not known."""
    totals = [(s.observed, s.value * 1000) for s in of_device(street, meter, Metric.VOLUME_M3) if folded(s) <= street.until]
    levels: dict[int, float] = {}
    for (earlier, low), (at, high) in pairwise(totals):
        for end in range(-((START + earlier) // -HOUR), (START + at) // HOUR + 1):
            if at - earlier <= 2 * HOUR:
                levels[end] = low + (high - low) * (end * HOUR - START - earlier) / (at - earlier)
    ended = (START + totals[-1][0]) // HOUR if levels else 0
    return {
        hour: levels[hour + 1] - levels[hour] if hour in levels and hour + 1 in levels else None
        for hour in range(min(levels, default=0), ended)
    }


LEAST = 0.7


def run_of(hours: dict[int, float | None], silence: int) -> tuple[int, int]:
    """(heard hours in a row with use up to now, the first of them or 0); a long silence ends a run, a split pulse does not."""
    run: list[int] = []
    unheard = 0
    for hour, litres in hours.items():
        unheard = unheard + 1 if litres is None else 0
        if litres is None:
            run = [] if unheard >= silence else run
        elif litres >= LEAST or (run and is_split(hours, run[0], hour)):
            run.append(hour)
        else:
            run = []
    return len(run), run[0] if run else 0


def is_split(hours: dict[int, float | None], since: int, hour: int) -> bool:
    """Whether a dry hour of a run is a count that fell to another hour: once in twelve, where nobody drew just before."""

    def of(hour: int) -> float | None:
        return hours.get(hour) if hour >= since else None

    def is_dry(hour: int) -> bool:
        litres = of(hour)
        return litres is not None and litres < LEAST

    now, before, earlier = of(hour) or 0.0, of(hour - 1), of(hour - 2)
    if before is None:
        return False
    if before >= LEAST:
        counts = before <= 1.25 or 1.85 <= before + now <= 2.15
        return counts and not any(is_dry(hour - k) for k in range(1, 12))
    lone = not any(is_dry(hour - k) for k in range(2, 12))
    return lone and earlier is not None and earlier <= 1.25 and before + now >= 0.95


def is_at_an_edge(hours: dict[int, float | None], off: float) -> bool:
    """Whether a rounding by so many litres may decide of some hour if it is dry, or of some dry hour if it is forgiven."""
    for hour, litres in hours.items():
        if litres is None:
            continue
        if abs(litres - LEAST) <= off:
            return True
        before = hours.get(hour - 1)
        if litres < LEAST and before is not None:
            both = before + litres
            if abs(before - 1.25) <= off or any(abs(both - edge) <= 2 * off for edge in (0.95, 1.85, 2.15)):
                return True
        earlier = hours.get(hour - 2)
        if litres < LEAST and earlier is not None and abs(earlier - 1.25) <= off:
            return True
    return False


# ---- a pulse that holds


def pulses(
    street: Street, device: str, every_ms: int, limits: tuple[float, float], hold: int, calm: int, silent: int = 0
) -> list[tuple[int, str]]:
    """(at, kind) of every edge of `heart_rate`: judged value by value as taken in; silent for a time after it cleared."""
    fresh = max(3 * every_ms, 15 * MINUTE)
    out: list[tuple[int, str]] = []
    since: int | None = None
    stands, over, cleared = False, None, -silent
    for instant, at, verdict in _judged(street, device, fresh, *limits):
        if verdict == "fires":
            over = None
            since = at if since is None else since
            if not stands and at - since >= hold and instant - cleared >= silent:
                stands = True
                out.append((instant, "opened"))
        elif verdict == "calm":
            if stands:
                over = instant if over is None else over
                if instant - over >= calm:
                    stands, over, since, cleared = False, None, None, instant
                    out.append((instant, "cleared"))
            else:
                since = None
        elif not stands:
            since = None
    return out


def _judged(street: Street, device: str, fresh: int, low: float, high: float) -> Iterator[tuple[int, int, str]]:
    """(instant, time of the value, verdict) at every instant of the grid; several at an instant that took in several values."""
    mine = [s for s in street.sent if s.device == device and s.metric in {Metric.HEART_RATE_BPM, Metric.WORN}]
    mine.sort(key=lambda s: s.observed)
    taken: dict[int, dict[int, list[Sent]]] = {}
    for s in mine:
        taken.setdefault(folded(s), {}).setdefault(s.observed, []).append(s)
    pulse: Sent | None = None
    worn: Sent | None = None
    for instant in range(0, street.until + 1, GRID):
        for together in [*taken.get(instant, {}).values()] or [[]]:
            for s in together:
                pulse, worn = (s, worn) if s.metric is Metric.HEART_RATE_BPM else (pulse, s)
            if pulse is None:
                continue
            off = worn is not None and worn.value == 0
            if worn is not None and off and worn.observed < pulse.observed:
                off = not any(at > worn.observed for at in _signs_of_band(street, device, instant))
            known = instant - pulse.observed <= fresh and not off
            yield instant, pulse.observed, "unknown" if not known else "fires" if not low <= pulse.value <= high else "calm"


# ---- the quiet clock


@dataclass
class Quiet:
    """What shows life in a home, and what proves that it would have shown."""

    life: list[int]
    covered: list[tuple[int, int]]
    words: list[tuple[int, bool]]


def quiet(street: Street, resident: str, now: int, absences: list[tuple[int, int]]) -> tuple[int | None, int]:
    """(newest sign of life, the quiet clock in ms) of a resident; `absences`: declared spans that are not over.

    Counted by a set of slots, as the clock's own docstring says: exact where all slots since the sign of life are covered at home
    up to the newest proof, else the slots that are; never more than the time from the sign to the proof.
    """
    home = next(h for h in street.homes if any(r.id == resident for r in h.residents))
    seen = Quiet([], [], [])
    for device in home.devices:
        if device.resident in {None, resident}:
            _look_at(street, home, device, now, seen)
    life, proven = max(seen.life, default=None), max((until for _, until in seen.covered), default=None)
    newest, oldest = now // SLOT, now // SLOT - SLOTS + 1
    begins = oldest if life is None else max(min(life // SLOT, newest) + 1, oldest)
    slots = {slot for after, until in seen.covered for slot in range(min(after // SLOT + 1, until // SLOT), until // SLOT + 1)}
    slots -= {slot for starts, ends in absences for slot in range(starts // SLOT, (ends - 1) // SLOT + 1)}
    at_home = [slot for slot in range(begins, newest + 1) if slot in slots and _is_home(slot, seen.words)]
    if proven is None:
        return life, 0
    longest = SLOTS * SLOT if life is None else max(proven - life, 0)
    if begins > oldest and len(at_home) >= min(proven // SLOT, newest) - begins + 1:
        return life, longest
    return life, min(SLOT * len(at_home), longest)


def _look_at(street: Street, home: Household, device: Device, now: int, out: Quiet) -> None:
    span = round(device.reports_every.total_seconds() * 1500)
    is_band, by_hand = device.kind == "wristband", device.kind in {"wristband", "button"}
    for metric in Metric:
        seen = [s for s in of_device(street, device.id, metric) if metric.is_alarm or folded(s) <= now]
        for before, s in zip([None, *seen], seen, strict=False):
            if metric is Metric.VOLUME_M3 and before is not None:
                out.covered.append((before.observed, s.observed))
                out.life += [s.observed] if s.value > before.value + 0.0009 else []
            elif metric in CONTACTS and before is not None:
                out.life += [s.observed] if s.value != before.value and not _flips_with(home, street, s, now) else []
            elif (metric is Metric.MOTION and s.value > 0) or (
                (metric in {Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED} or (metric is Metric.ALARM_OK and by_hand))
                and s.received <= now
            ):
                out.life.append(s.observed)
            worn = metric in {Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT} and s.value > 0
            worn = worn and (metric is Metric.WORN or _is_felt(street, s, now))
            # a gateway, a smoke detector or a button that lives would show nobody living
            watching = metric in {Metric.MOTION, *CONTACTS} or (
                metric is Metric.HEARTBEAT and device.kind in {"door", "bed", "motion"}
            )
            if (is_band and worn) or (watching and not is_band and device.kind != "water_meter"):
                out.covered.append((s.observed - span, s.observed))
        if metric is Metric.STEPS:
            out.life += walked(seen)
        if metric is Metric.AT_HOME:
            out.words += [(s.observed, s.value > 0) for s in seen]


def _signs_of_band(street: Street, device: str, now: int) -> list[int]:
    """When a band showed a sign of life: steps, and what its wearer pressed."""
    steps = [s for s in of_device(street, device, Metric.STEPS) if folded(s) <= now]
    pressed = (Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED, Metric.ALARM_OK)
    return walked(steps) + [s.observed for metric in pressed for s in of_device(street, device, metric) if s.received <= now]


def _is_felt(street: Street, measured: Sent, now: int) -> bool:
    """Whether a band that measured something was on a living wrist: not taken off, no pulse that stood still for two hours."""
    words = [s for s in of_device(street, measured.device, Metric.WORN) if s.observed <= measured.observed and folded(s) <= now]
    if words and words[-1].value == 0:
        signs = _signs_of_band(street, measured.device, now)
        if not any(words[-1].observed < at <= measured.observed for at in signs):
            return False
    pulses = [s for s in of_device(street, measured.device, Metric.HEART_RATE_BPM) if s.observed <= measured.observed]
    same = list(takewhile(lambda s: s.value == pulses[-1].value, reversed(pulses)))
    return not same or measured.observed // MINUTE - same[-1].observed // MINUTE < 120


def walked(counts: list[Sent]) -> list[int]:
    """When a band's counts show that somebody walked. A count that does not fit is decided by the next one."""
    life: dict[int, int] = {}  # by the number of the reading
    believed: Sent | None = None
    doubted: Sent | None = None
    for s in counts:
        if believed is None:
            believed = s
            continue
        goes_on = _can_walk(believed, s) and not (doubted is not None and believed.value <= doubted.value <= s.value)
        if goes_on or (doubted is not None and _can_walk(doubted, s)):
            if goes_on and doubted is not None:
                life.pop(doubted.observed, None)  # misread
            if not goes_on and doubted is not None and 0 < doubted.value - believed.value <= 60_000:
                life[doubted.observed] = doubted.observed
            before = believed if goes_on or doubted is None else doubted
            if s.value > before.value:
                life[s.observed] = s.observed
            believed, doubted = s, None
            continue
        if doubted is not None:
            life.pop(doubted.observed, None)
        doubted = s
        began_anew = Sent(s.device, s.metric, believed.observed, believed.received, 0.0)
        if 0 < s.value < believed.value and _can_walk(began_anew, s):
            life[s.observed] = s.observed
    return list(life.values())


def _can_walk(before: Sent, after: Sent) -> bool:
    return 0 <= after.value - before.value <= 4 * (after.observed - before.observed) / 1000 + 200


def _flips_with(home: Household, street: Street, flip: Sent, now: int) -> bool:
    """Whether another contact of the home moved within two seconds, or one that moved so."""
    moved = [
        (s.observed, device.id)
        for device in home.devices
        for metric in CONTACTS
        for before, s in pairwise([s for s in of_device(street, device.id, metric) if folded(s) <= now])
        if s.value != before.value
    ]
    group, at = set[str](), flip.observed
    earlier, later = [m for m in sorted(moved) if m[0] <= at], [m for m in sorted(moved) if m[0] >= at]
    for one in (earlier[::-1], later):
        last = at
        for when, device in one:
            if abs(when - last) > 2_000:
                break
            group.add(device)
            last = when
    return len(group) > 1


def _is_home(slot: int, words: list[tuple[int, bool]]) -> bool:
    """What the newest word on presence before the slot says; at home where none was said."""
    said = [is_home for when, is_home in sorted(words) if when // SLOT < slot]
    return not said or said[-1]
