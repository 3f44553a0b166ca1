"""`python -m benchmarks.detection.area_price`: a budget each against one price for all, on the product's own learner.

Walk-forward, refitted weekly: what each budget is worth is kept, and an area's price follows from what was kept before the day,
as in `engine/learning.py`. Both ways are run at budgets from a third to three times the usual; what counts is the delay at equal
false alarms, the mean over those that budgets of half to twice the usual give, with homes drawn anew for the interval.

Homes where being at home is not known keep their budgets in the product. Here they are given its bounds and budget as if it were
known, to show what a price would do. Streets are simulated and folded by the engine (`--streets SEED ...`, minutes each).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.__main__ import GROUPS
from benchmarks.detection.elders import make_elder
from benchmarks.detection.evaluate import DAY_S, REFIT_DAYS, Tally, pool_tallies, score_limits
from benchmarks.detection.homes import find_readings_folder, read_homes
from benchmarks.detection.ours import WORDS, make_past
from benchmarks.detection.product import DAY_MS
from benchmarks.detection.signs import Gaps, find_gaps
from benchmarks.detection.street_replayed import START, Wrists
from benchmarks.homes import make_default_rules
from homebeat.backtest import Replay
from homebeat.codecs.catalogue import make_readings_topic
from homebeat.domain.inbound import Message
from homebeat.habits.area_price import compute_area_worth
from homebeat.habits.past import HalfHours, learn_all
from homebeat.habits.policy import SLOT_S, Policy
from homebeat.registry.fleet_file import read_fleet
from simulators.estate import MINUTE, Habitat
from simulators.street import Street

F64 = NDArray[np.float64]
B1 = NDArray[np.bool_]
#: (life, ran) of everybody by half-hour number: two bool[residents].
Seen = dict[int, tuple[B1, B1]]
MEMORY_S = 112 * DAY_S
TIMES = (0.35, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0, 2.8)
HALF, SAME, TWICE = (TIMES.index(times) for times in (0.5, 1.0, 2.0))
STREET_DAYS = 210
DRAWS = 400


@dataclass(frozen=True)
class Home:
    """A home's gaps, and the learner's view of it at a moment (epoch s)."""

    gaps: Gaps
    past_at: Callable[[int], HalfHours]


def make_home(gaps: Gaps) -> Home:
    """A home of which the gaps are all that is known."""

    def past_at(moment: int) -> HalfHours:
        mine = gaps.pick((gaps.end <= moment) & (gaps.start >= moment - MEMORY_S))
        return make_past(mine, moment, at_home_known=True)

    return Home(gaps, past_at)


def walk(homes: Sequence[Home], policy: Policy, *, share: bool) -> list[Tally]:
    """Score each home under limits that are learned weekly, at one price for all or with a budget each."""
    limits = [np.empty(len(home.gaps)) for home in homes]
    turns = sorted(
        (moment // DAY_S, i, moment)
        for i, home in enumerate(homes)
        for moment in range(int(home.gaps.start[0]), int(home.gaps.start[-1]) + 1, REFIT_DAYS * DAY_S)
    )
    kept: dict[int, float] = {}
    fresh: dict[int, float] = {}
    today = 0
    for day, i, moment in turns:
        if day != today:
            kept, today = {**kept, **fresh}, day
        others = [worth for worth in kept.values() if worth > 0]
        paid = compute_area_worth(np.array(others)) if share and len(others) > 1 else np.nan
        (profile,) = learn_all(homes[i].past_at(moment), [policy], np.array([paid]))
        fresh[i] = profile.worth_h
        gaps = homes[i].gaps
        now = (gaps.start >= moment) & (gaps.start < moment + REFIT_DAYS * DAY_S)
        limits[i][now] = profile.limit_minutes[gaps.local[now] % DAY_S // SLOT_S] * 60.0
    return [score_limits(home.gaps, limit) for home, limit in zip(homes, limits, strict=True)]


def sum_tallies(tallies: Sequence[Tally]) -> F64:
    """False alarms, days, hours waited, collapses: float64[homes, 4]."""
    return np.array([(t.false_alarms, t.days, t.delays_h.sum(), len(t.delays_h)) for t in tallies])


def compute_curve(each: F64) -> tuple[F64, F64]:
    """False alarms a month and mean hours by budget, of float64[budgets, homes, 4]."""
    alarms, days, hours, collapses = each.sum(axis=1).T
    return alarms / days * 30, hours / collapses


def compute_distance_h(each: F64, one: F64) -> float:
    """Hours that `one` is later at equal false alarms."""
    (alarms, hours), (others, waited) = compute_curve(each), compute_curve(one)
    at = np.linspace(np.log(alarms[HALF] + 1e-3), np.log(alarms[TWICE] + 1e-3), 50)
    before = np.interp(at, np.log(np.maximum.accumulate(alarms) + 1e-3), hours)
    after = np.interp(at, np.log(np.maximum.accumulate(others) + 1e-3), waited)
    return float((after - before).mean())


def compare(name: str, homes: Sequence[Home], policy_at: Callable[[float], Policy]) -> None:
    """Print one row."""
    ways = [[walk(homes, policy_at(times), share=share) for times in TIMES] for share in (False, True)]
    each, one = (np.stack([sum_tallies(tallies) for tallies in way]) for way in ways)
    rng, n = np.random.default_rng(1), len(homes)
    drawn = [compute_distance_h(each[:, some], one[:, some]) for some in rng.integers(0, n, (DRAWS, n))]
    waits = [np.array([t.delays_h.mean() for t in way[SAME]]) for way in ways]
    slow = np.argsort(waits[0])[-max(1, n // 4) :]
    cells = []
    for way in ways:
        whole = pool_tallies(way[SAME])
        cells.append(f"{whole.per_month:.2f}, {whole.delays_h.mean():.2f}, {np.percentile(whole.delays_h, 95):.1f}")
    later = waits[1] - waits[0]
    print(
        f"| {name} ({n}) | {' | '.join(cells)} | {compute_distance_h(each, one):+.2f} "
        f"[{np.percentile(drawn, 2.5):+.2f}, {np.percentile(drawn, 97.5):+.2f}] | "
        f"{waits[0][slow].mean():.2f} -> {waits[1][slow].mean():.2f} | {later.min():+.2f}, {later.max():+.2f} |",
        flush=True,
    )


def make_street(seed: int, homes: int) -> list[Home]:
    """Those of a simulated street who are proven to be at home: meter and band, nobody collapses, no stay elsewhere is missed."""
    made = Street(seed, homes, habitat=Habitat(resolution=1, daily_share=0.0, band_share=1.0, band_every=10 * MINUTE))
    end = START + STREET_DAYS * DAY_MS
    fleet = read_fleet(json.dumps(made.make_fleet(away=(START - 40 * DAY_MS, end), declared=1.0)), is_json=True)
    topics = frozenset(make_readings_topic(device.id) for home in fleet.households for device in home.devices)
    replay = Replay(fleet, make_default_rules(fleet))
    seen: Seen = {}
    for _ in replay.iterate_steps(
        _note_half_hours(Wrists(made.make_messages(START, end, (), []), topics).read_blocks(), replay, seen)
    ):
        pass
    assert replay.engine is not None
    _note(replay, seen)
    first, last = START // 1000 // SLOT_S, max(seen)
    life, ran = (np.stack([seen[h][k] for h in range(first, last + 1)], axis=1) for k in (0, 1))
    roster, state = replay.engine.roster, replay.engine.state
    for who, begins, ends in zip(roster.away_resident, roster.away_from, roster.away_until, strict=True):
        ran[who, max(begins // 1000 // SLOT_S - first, 0) : max(-(-ends // 1000 // SLOT_S) - first, 0)] = False
    known = state.timeline.is_presence_known(np.arange(len(life), dtype=np.int32), replay.engine.now)
    ahead_s = int(state.local.get_offsets_s(roster.zones[roster.zone[0]], first, 1)[0])
    return [_make_home_by_half_hours(life[i], ran[i], first, ahead_s) for i in np.flatnonzero(known)]


def _note_half_hours(blocks: Iterator[list[Message]], replay: Replay, seen: Seen) -> Iterator[list[Message]]:
    """Notes the half hours before the engine forgets them."""
    until = START + 100 * DAY_MS
    for block in blocks:
        yield block
        if block and block[-1].received_at > until:
            _note(replay, seen)
            until += 100 * DAY_MS


def _note(replay: Replay, seen: Seen) -> None:
    assert replay.engine is not None
    past = replay.engine.state.past
    life, ran = past.unpack(np.arange(past.life.shape[1], dtype=np.int32))
    oldest = past.head - life.shape[1] + 1
    seen.update({oldest + k: (life[:, k], ran[:, k]) for k in range(life.shape[1])})


def _make_home_by_half_hours(life: B1, ran: B1, first: int, ahead_s: int) -> Home:
    """A home of which half hours from number `first` on are known; its signs fall in the middle of them."""
    at = np.flatnonzero(life)
    begins, ends = at[:-1], at[1:]
    before = np.concatenate([[0], ran.cumsum()])
    quiet = (before[ends] - before[begins + 1]) * SLOT_S + (ran[begins].astype(int) + ran[ends]) * (SLOT_S // 2)
    start, end = (first + begins) * SLOT_S + SLOT_S // 2, (first + ends) * SLOT_S + SLOT_S // 2
    gaps = Gaps(start, end, start + ahead_s, quiet.astype(np.int64), np.ones(len(start), np.bool_))

    def past_at(moment: int) -> HalfHours:
        newest = moment // SLOT_S - 1
        number = newest - np.arange(WORDS * 64) - first
        inside = number >= 0
        lived, clock = (np.packbits(one[number] & inside, bitorder="little").view(np.uint64)[:, None] for one in (life, ran))
        offset = np.full(len(number), ahead_s, np.int32)
        return HalfHours(lived, clock, newest, np.array([first]), offset, np.array([True]))

    return Home(gaps, past_at)


def main() -> int:
    """Print the table; homes of the trial only where they are on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.area_price", description=__doc__)
    parser.add_argument("--streets", type=int, nargs="*", default=[], metavar="SEED")
    parser.add_argument("--homes", type=int, default=30, help="homes of a street")
    wished = parser.parse_args()
    print(
        "| homes | a budget each: FA/mo, mean h, p95 h | one price | at equal FA, h | slowest quarter, h | a home's change, h |"
    )
    print("|---" * 6 + "|")
    at_home: Callable[[float], Policy] = lambda times: Policy(budget_known=0.5 * times)  # noqa: E731 -- named for the reader
    unknown: Callable[[float], Policy] = lambda times: Policy(ceiling_minutes=1440, budget_known=times)  # noqa: E731
    for seeds in (range(100, 120), range(20)):
        compare(f"made-up elders, seeds {seeds[0]}-{seeds[-1]}", [make_home(make_elder(seed)) for seed in seeds], at_home)
    for seed in wished.streets:
        compare(f"simulated street, seed {seed}", make_street(seed, wished.homes), at_home)
    folder = find_readings_folder()
    if folder is not None:
        meters = read_homes(folder, frozenset({1, 2}))
        real: Mapping[str, Home] = {meter.home: make_home(find_gaps(meter)) for meter in meters}
        for name, homes in {**GROUPS, "all of them": tuple(real)}.items():
            compare(f"at home not known: {name}", [real[home] for home in homes], unknown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
